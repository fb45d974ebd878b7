"""The map of Commons Harvest Open, 24 x 18 cells, and what its characters mean.

``W`` wall, ``A`` apple site on grass, blank floor, ``P E B H N I S`` the spawn cells of players 1 to 7 on
floor: five start in the open field, two (``B`` and ``H``) beside an orchard.
"""

HARVEST_MAP = """\
WWWWWWWWWWWWWWWWWWWWWWWW
WAAA    A      A    AAAW
WAA    AAA    AAA    AAW
WA    AAAAA  AAAAA    AW
W      AAA    AAA      W
W       A      A       W
W  A                A  W
W AAA  B        H  AAA W
WAAAAA            AAAAAW
W AAA              AAA W
W  A                A  W
W                      W
W                      W
W    S  I  N  E  P     W
W                      W
W                      W
W                      W
WWWWWWWWWWWWWWWWWWWWWWWW"""

PLAYERS = "PEBHNIS"

FLOOR, GRASS, APPLE, WALL, OUTSIDE, AVATAR = range(6)
"""Symbols of boards and views. AVATAR + 0..3 is an avatar that faces north, east, south, west on a board,
and one that faces ahead, to the right, towards the viewer, to the left in a view. WALL and all that follow
cannot be entered."""

SYMBOL_NAMES = (
    "floor",
    "grass",
    "apple",
    "wall",
    "outside",
    "avatar facing ahead",
    "avatar facing right",
    "avatar facing the viewer",
    "avatar facing left",
)
N_SYMBOLS = len(SYMBOL_NAMES)

TERRAIN = {"W": WALL, " ": FLOOR, "A": APPLE}
"""At the start every site bears an apple; below it is grass."""
