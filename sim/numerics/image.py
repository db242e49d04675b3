"""The shape of images whose pixels are features: channels x height x width, in PyTorch's order."""

from typing import SupportsIndex

from .arrays import Array


class Image(int):
    """The number of features of an image, which also knows its shape (channels, height, width); equal if shapes are."""

    shape: tuple[int, int, int]

    def __new__(cls, channels: int, height: int, width: int) -> "Image":
        """Of its shape."""
        image = super().__new__(cls, channels * height * width)
        image.shape = channels, height, width
        return image

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.shape[0]

    @property
    def positions(self) -> int:
        """Height times width."""
        return self.shape[1] * self.shape[2]

    def __eq__(self, other: object) -> bool:
        return self.shape == other.shape if isinstance(other, Image) else int(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(int(self))

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[type["Image"], tuple[int, int, int]]:
        return Image, self.shape

    @property
    def words(self) -> str:
        """Its shape in messages: "16 x 8 x 8"."""
        return " x ".join(map(str, self.shape))


def in_words(features: int) -> str:
    """Features in messages: "120 features", "an image of 16 x 8 x 8"."""
    return f"an image of {features.words}" if isinstance(features, Image) else f"{features} features"


def units(features: int) -> int:
    """The unit of width: channels of an image, else features."""
    return features.channels if isinstance(features, Image) else features


def shaped(array: Array, features: int) -> Array:
    """An array (..., features) as (..., channels, height, width), if its features are an image."""
    return array.reshape(*array.shape[:-1], *features.shape) if isinstance(features, Image) else array
