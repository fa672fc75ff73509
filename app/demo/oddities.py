"""Packages as they also arrive: one that tells next to nothing, and one whose pickle the scanner stops."""

from app.demo.archives import pickle_that_calls
from app.demo.package import DATA_SCIENTIST, ML_ENGINEER, DemoPackage
from app.enums import PackageKind

_UNTIDY = """from utils import *
import os, sys
def run(x):
  m = load_model("C:/Users/me/model.bin")
  if x == None: return
  return m.predict(prep(x))
"""


def oddities() -> list[DemoPackage]:
    """A poor package and a dangerous one."""
    return [
        DemoPackage(
            "quick-sentiment",
            "0.1.0",
            PackageKind.MODEL,
            ML_ENGINEER,
            {
                "README.md": "# model\n\nworks on my machine\n",
                "run.py": _UNTIDY,
                "weights.bin": bytes(2048),
            },
        ),
        DemoPackage(
            "legacy-sentiment",
            "0.9.0",
            PackageKind.MODEL,
            DATA_SCIENTIST,
            {
                "README.md": "# Legacy sentiment\n\nFound on an old disk; kept to show what the scanner says of it.\n",
                "model.pkl": pickle_that_calls("os", "system", "echo a pickle can run any command when it is loaded"),
            },
        ),
    ]
