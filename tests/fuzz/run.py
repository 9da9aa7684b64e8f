"""Let atheris look for octets that break a target: `python -m tests.fuzz.run TARGET [--keep FILE] [options of libFuzzer]`.

Targets: pure, server, link. It starts from the kept corpus; `-runs=1000 -seed=1` is the same each time,
`-max_total_time=60` is as long as it says. `--keep FILE` writes what it found worth keeping, to be the corpus next time.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")


def corpus(target: str) -> list[bytes]:
    """The kept inputs of a target: a line of hexadecimal digits for each."""
    return [bytes.fromhex(line) for line in (CORPUS / f"{target}.txt").read_text().split()]


def keep(folder: Path, file: Path) -> None:
    """Write the inputs of a corpus folder as lines."""
    found = sorted({path.read_bytes() for path in folder.iterdir()}, key=lambda one: (len(one), one))
    file.write_text("".join(f"{one.hex()}\n" for one in found if one))


def main(target: str, options: list[str]) -> int:
    """The exit code of the search."""
    kept = None
    if "--keep" in options:
        place = options.index("--keep")
        _, kept = options.pop(place), Path(options.pop(place))
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(corpus(target)):
            (Path(folder) / f"{number:04}").write_bytes(one)
        command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.inside", target, folder, *options]
        status = subprocess.run(command, check=False).returncode
        if kept is not None:
            keep(Path(folder), kept)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
