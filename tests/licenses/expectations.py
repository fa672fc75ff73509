"""What every pair of licences should answer, written down apart from the rules, from the licences themselves.

Rows are the package's licence, columns the project's. A cell has a letter each for USE, FINE_TUNE and REDISTRIBUTE:
C compatible, I incompatible, ? unknown. How each row came about:

PD  gives up all rights: nothing can conflict (CC0 §2, Unlicense).
PM  one condition, keeping a notice, which every licence admits (OSI; FSF list: GPL-compatible).
AP  patent retaliation and indemnity are "further restrictions" to version 2 of the GNU licences, not to version 3
    (FSF and Apache agree: apache.org/licenses/GPL-compatibility).
BY  adaptations under any licence, attribution kept (§3(a)(4)); FSF: compatible with all GPL versions.
SA  adaptations only under itself or, by CC's list, GPL-3.0 (§3(b)); unchanged copies bind nobody else's work.
NC  commercial use excluded (§2(a)(1)); every licence but the NC ones permits commercial use. NC-SA also shares alike.
MP  copyleft per file, larger work under any terms (§3.3), GNU licences named as secondary ones; MX opts out of those.
L2  linking under any terms (§6), conversion to any GPL from 2 on (§3); a changed library stays LGPL (§2).
L3  the same for version 3 (§4, §2); GPL-2.0 alone cannot take version 3 terms (FSF matrix: NO).
G2 G3  a work based on it is under it as a whole (2: §2(b), 3: §5(c)); 2 and 3 exclude each other (FSF: v2v3);
    3 combines with AGPL by §13.
AG  the reverse by its §13: combined, each part under its own licence; a changed part stays AGPL, hence not GPL.
RM  use restrictions have to be passed on: further restrictions to the GNU licences, and to adaptations under
    share-alike (BY-SA §3(b)(3)); elsewhere a matter of passing them on.
PR  changing and copying are reserved (Berne 9, 12); mere use depends on an agreement that is not known.
"""

CLASSES = {
    "PD": ("CC0-1.0", "Unlicense"),
    "PM": ("MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC"),
    "AP": ("Apache-2.0",),
    "BY": ("CC-BY-4.0",),
    "SA": ("CC-BY-SA-4.0",),
    "NC": ("CC-BY-NC-4.0",),
    "NS": ("CC-BY-NC-SA-4.0",),
    "MP": ("MPL-2.0",),
    "MX": ("MPL-2.0-no-copyleft-exception",),
    "L2": ("LGPL-2.1-only",),
    "L3": ("LGPL-3.0-only", "LGPL-3.0-or-later"),
    "G2": ("GPL-2.0-only",),
    "G3": ("GPL-3.0-only", "GPL-3.0-or-later"),
    "AG": ("AGPL-3.0-only", "AGPL-3.0-or-later"),
    "RM": (
        "openrail",
        "bigscience-bloom-rail-1.0",
        "creativeml-openrail-m",
        "bigcode-openrail-m",
        "openrail++",
        "llama2",
        "llama3",
        "llama3.1",
        "llama3.2",
        "llama3.3",
        "llama4",
        "gemma",
    ),
    "PR": ("Proprietary",),
}

GRID = """
    PD  PM  AP  BY  SA  NC  NS  MP  MX  L2  L3  G2  G3  AG  RM  PR
PD  CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC
PM  CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC
AP  CCC CCC CCC CCC CCC CCC CCC CCC CCC III CCC III CCC CCC CCC CCC
BY  CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC
SA  CIC CIC CIC CIC CCC CIC CIC CIC CIC CIC CIC CIC CCC CIC CIC CIC
NC  III III III III III CCC CCC III III III III III III III III III
NS  III III III III III CIC CCC III III III III III III III III III
MP  CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC CCC
MX  CCC CCC CCC CCC CCC CCC CCC CCC CCC III III III III III CCC CCC
L2  CIC CIC CIC CIC CIC CIC CIC CIC CIC CCC CIC CCC CCC CCC CIC CIC
L3  CIC CIC CIC CIC CIC CIC CIC CIC CIC CIC CCC III CCC CCC CIC CIC
G2  III III III III III III III III III III III CCC III III III III
G3  III III III III III III III III III III III III CCC CCC III III
AG  III III III III III III III III III III III III CIC CCC III III
RM  CCC CCC CCC CCC CIC CCC CIC CCC CCC III III III III III CCC CCC
PR  ?II ?II ?II ?II ?II ?II ?II ?II ?II ?II ?II ?II ?II ?II ?II ???
"""

# GNU's own matrix (gnu.org/licenses/gpl-faq#AllCompatibility) for "or later", read for USE and FINE_TUNE. Where it says
# that the combination is under a licence which the project does not offer (GPL code in an LGPL project), it is I here:
# the question is whether the project can keep its licence.
OR_LATER = """
                   GPL-2.0-only GPL-2.0-or-later GPL-3.0-or-later LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-or-later
GPL-2.0-only       CC           CC               II               II            II                II
GPL-2.0-or-later   CC           CC               CC               II            II                II
GPL-3.0-or-later   II           CC               CC               II            II                II
LGPL-2.1-only      CC           CC               CC               CC            CC                CI
LGPL-2.1-or-later  CC           CC               CC               CC            CC                CC
LGPL-3.0-or-later  II           CC               CC               CI            CC                CC
"""


def cells(grid):
    """(row, column, letters) of a grid."""
    head, *rows = grid.strip("\n").splitlines()
    for row in rows:
        name, *letters = row.split()
        yield from ((name, column, cell) for column, cell in zip(head.split(), letters, strict=True))
