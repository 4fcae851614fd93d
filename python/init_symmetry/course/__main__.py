"""The child process of the command: loads and checks one file and writes the report as JSON.

It is not for users; they run `init-symmetry course`. Start reading at `child`.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import List

from .checker import check
from .load import LoadError, load
from .process import write_whole


def child(arguments: List[str]) -> int:
    """Checks the first file; writes the report and the progress to the second and third."""
    file, result, progress, run, seed = arguments

    def at(name: str) -> None:
        with open(progress, "w", encoding="utf-8") as out:
            out.write(name)

    at("the file, while it is loaded")
    try:
        loaded = load(file, run == "1")
    except LoadError as error:
        write_whole(result, json.dumps({"error": str(error)}))
        return 0
    try:
        report = check(loaded.namespace, seed=int(seed), progress=at)
    except Exception as error:
        # Exceptions of the student's code are caught earlier, so this one is our own defect.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}, line {frame.lineno}"
        defect = f"{type(error).__name__}: {error} ({place})"
        write_whole(result, json.dumps({"defect": defect}))
        return 0
    report.file = file
    report.notes += loaded.all_notes()
    write_whole(result, json.dumps({"report": report.to_dict()}))
    return 0


if __name__ == "__main__":
    sys.exit(child(sys.argv[1:]))
