"""Patches of images as columns of a matrix (im2col), and the sum of such columns back into images (col2im).

Images are padded first, so that each row of a patch's place is one run of memory.
"""

from .arrays import Matrix
from .kernel import kernel


@kernel
def pad(images: Matrix, padded: Matrix, channels: int, height: int, width: int, edge: int, wraps: int) -> None:
    """Images (n, channels x height x width) with an edge on each side: 0, or what lies at the other side."""
    tall, wide = height + 2 * edge, width + 2 * edge
    for n in range(images.shape[0]):
        for c in range(channels):
            source = images[n, c * height * width : (c + 1) * height * width]
            target = padded[n, c * tall * wide : (c + 1) * tall * wide]
            for i in range(tall):
                y, row = i - edge, target[i * wide : (i + 1) * wide]
                if not wraps and (y < 0 or y >= height):
                    for j in range(wide):
                        row[j] = 0.0
                    continue
                entered = source[(y % height) * width : (y % height + 1) * width]
                for j in range(width):
                    row[edge + j] = entered[j]
                for j in range(edge):
                    row[j] = entered[(j - edge) % width] if wraps else 0.0
                    row[edge + width + j] = entered[j % width] if wraps else 0.0


@kernel
def add_edges(padded: Matrix, images: Matrix, channels: int, height: int, width: int, edge: int, wraps: int) -> None:
    """The reverse of padding: what stands inside, and the edges added where they came from."""
    tall, wide = height + 2 * edge, width + 2 * edge
    for n in range(images.shape[0]):
        for c in range(channels):
            source = padded[n, c * tall * wide : (c + 1) * tall * wide]
            target = images[n, c * height * width : (c + 1) * height * width]
            for i in range(height):
                came, row = source[(edge + i) * wide : (edge + i + 1) * wide], target[i * width : (i + 1) * width]
                for j in range(width):
                    row[j] = came[edge + j]
            if not wraps:
                continue
            for i in range(tall):
                y, came = (i - edge) % height, source[i * wide : (i + 1) * wide]
                row = target[y * width : (y + 1) * width]
                if i < edge or i >= edge + height:
                    for j in range(width):
                        row[j] += came[edge + j]
                for j in range(edge):
                    row[(j - edge) % width] += came[j]
                    row[j % width] += came[edge + width + j]


@kernel
def gather(padded: Matrix, patches: Matrix, channels: int, tall: int, wide: int, size: int, stride: int) -> None:
    """Of padded images (n, channels x tall x wide) the patches (channels x size x size, n x places)."""
    rows, columns = (tall - size) // stride + 1, (wide - size) // stride + 1
    for c in range(channels):
        for tap in range(size * size):
            made = patches[c * size * size + tap]
            for n in range(padded.shape[0]):
                plane = padded[n, c * tall * wide : (c + 1) * tall * wide]
                places = made[n * rows * columns : (n + 1) * rows * columns]
                for i in range(rows):
                    start = (i * stride + tap // size) * wide + tap % size
                    source, row = plane[start : start + stride * columns], places[i * columns : (i + 1) * columns]
                    if stride == 1:
                        for j in range(columns):
                            row[j] = source[j]
                    else:
                        for j in range(columns):
                            row[j] = source[j * stride]


@kernel
def scatter(patches: Matrix, padded: Matrix, channels: int, tall: int, wide: int, size: int, stride: int) -> None:
    """The reverse: each padded image is the sum of its patches."""
    rows, columns = (tall - size) // stride + 1, (wide - size) // stride + 1
    for n in range(padded.shape[0]):
        for c in range(channels):
            plane = padded[n, c * tall * wide : (c + 1) * tall * wide]
            for i in range(tall * wide):
                plane[i] = 0.0
            for tap in range(size * size):
                places = patches[c * size * size + tap][n * rows * columns : (n + 1) * rows * columns]
                for i in range(rows):
                    start = (i * stride + tap // size) * wide + tap % size
                    target, row = plane[start : start + stride * columns], places[i * columns : (i + 1) * columns]
                    if stride == 1:
                        for j in range(columns):
                            target[j] += row[j]
                    else:
                        for j in range(columns):
                            target[j * stride] += row[j]
