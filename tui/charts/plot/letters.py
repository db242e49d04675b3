"""Words in letters of several rows, for who sits far from the screen: blocks of a font of 3 x 5 dots."""

FONT = {
    "A": "### #.# ### #.# #.#", "B": "##. #.# ##. #.# ##.", "C": "### #.. #.. #.. ###", "D": "##. #.# #.# #.# ##.",
    "E": "### #.. ##. #.. ###", "F": "### #.. ##. #.. #..", "G": "### #.. #.# #.# ###", "H": "#.# #.# ### #.# #.#",
    "I": "# # # # #", "L": "#.. #.. #.. #.. ###", "N": "#..# ##.# #.## #..# #..#", "O": "### #.# #.# #.# ###",
    "P": "### #.# ### #.. #..", "R": "### #.# ##. #.# #.#", "S": "### #.. ### ..# ###", "T": "### .#. .#. .#. .#.",
    "U": "#.# #.# #.# #.# ###", "V": "#.# #.# #.# #.# .#.", "X": "#.# #.# .#. #.# #.#", "Y": "#.# #.# ### .#. .#.",
}  # fmt: skip
HALVES = {"..": " ", "#.": "▀", ".#": "▄", "##": "█"}  # a dot above and one below


def written(word: str, room: int, tall: bool, braille: bool) -> list[str]:
    """The rows of a word that has so many columns: five rows if `tall`, else three, or one of letters set apart."""
    if all(letter in FONT for letter in word):
        dots = [".".join(rows) for rows in zip(*(FONT[letter].split() for letter in word), strict=True)]
        full = "██" if braille else "##"
        if tall and 2 * len(dots[0]) <= room:
            return ["".join(full if dot == "#" else "  " for dot in row) for row in dots]
        if braille and len(dots[0]) <= room:
            pairs = zip([*dots, "." * len(dots[0])][::2], [*dots[1:], "." * len(dots[0])][::2], strict=False)
            return ["".join(HALVES[above + below] for above, below in zip(one, other, strict=True))
                    for one, other in pairs]  # fmt: skip
    spaced = " ".join(word)
    return [spaced if len(spaced) <= room else word]
