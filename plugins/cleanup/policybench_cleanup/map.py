"""The map of Clean Up, 30 x 21 cells, and what its characters mean.

A river runs along the north and down the middle, an orchard fills the south.

``W`` wall, ``B`` and ``T`` apple sites on grass, ``H`` and ``F`` river sites, clean and dirty at the start,
``S`` and ``~`` river that never gets dirty, ``X L Z Y C D G`` the spawn cells of players 1 to 7 on sand, blank
sand. The rest is decoration and blocks nothing: ``^ ; , s`` grass, ``= + f < >`` sand, some with shadows.
"""

CLEANUP_MAP = """\
WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW
WHFFFHFFHFHFHFHFHFHFHHFHFFFHFW
WHFHFHFFHFHFHFHFHFHFHHFHFFFHFW
WHFFHFFHHFHFHFHFHFHFHHFHFFFHFW
WHFHFHFFHFHFHFHFHFHFHHFHFFFHFW
WHFFFFFFHFHFHFHFHFHFHHFHFFFHFW
W==============+~FHHHHHHf====W
W               ===+~SSf     W
W       Z          <~Sf      W
W    Y     X       <~S>      W
W       L          <~S>      W
W    C     D       <~S>      W
W       G          <~S>      W
W                  <~S>      W
W                  <~S>      W
W^T^T^T^T^T^T^T^T^T;~S,^T^T^TW
WBBBBBBBBBBBBBBBBBBBssBBBBBBBW
WBBBBBBBBBBBBBBBBBBBBBBBBBBBBW
WBBBBBBBBBBBBBBBBBBBBBBBBBBBBW
WBBBBBBBBBBBBBBBBBBBBBBBBBBBBW
WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"""

PLAYERS = "XLZYCDG"
APPLE_SITES = "BT"
RIVER_SITES = "HF"

SAND, GRASS, WATER, APPLE, DIRT, WALL, OUTSIDE, AVATAR = range(8)
"""Symbols of boards and views. AVATAR + 0..3 is an avatar that faces north, east, south, west on a board,
and one that faces ahead, to the right, towards the viewer, to the left in a view. WALL and all that follow
cannot be entered; up to WATER it is bare ground."""

ZAP_BEAM, CLEAN_BEAM = AVATAR + 4, AVATAR + 5
"""Cells that a beam crossed in the step just made. Neither beam is ever drawn over an avatar; a zap hides
all else, the cleaning beam, which one sees through, only bare ground."""

SYMBOL_NAMES = (
    "sand",
    "grass",
    "water",
    "apple",
    "dirt",
    "wall",
    "outside",
    "avatar facing ahead",
    "avatar facing right",
    "avatar facing the viewer",
    "avatar facing left",
    "zap beam",
    "cleaning beam",
)
N_SYMBOLS = len(SYMBOL_NAMES)

TERRAIN = {
    **{"W": WALL, "B": APPLE, "T": APPLE, "H": WATER, "F": DIRT},
    **dict.fromkeys("S~", WATER),
    **dict.fromkeys("^;,s", GRASS),
    **dict.fromkeys(" =+f<>", SAND),
}
"""At the start every apple site bears an apple; below it is grass."""
