"""`make mutate`: puts every mutant on trial and compares the survivors with those that the docs explain."""

import argparse
import asyncio
import os
import random
import re
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path

from tests.databases import create_schema
from tests.mutation.mutants import ROOT, Mutant, mutants, source
from tests.mutation.sights import contests
from tests.mutation.trial import VERDICTS, Court

CONFIGURATION = tomllib.loads(Path(__file__).with_name("mutation.toml").read_text(encoding="utf-8"))
EXPLAINED = ROOT / "docs" / "mutation-testing.md"
SURVIVED = VERDICTS[0]


def main() -> int:
    options = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    options.add_argument("--module", action="append", help="only this one (policies.scope); may be repeated")
    options.add_argument("--sample", type=int, help="only so many mutants, drawn by the seed")
    options.add_argument("--seed", type=int, default=int(os.environ.get("CERS_TEST_SEED", "2026")))
    options.add_argument("--only", default="", help="only mutants whose name contains this")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        court = convene(Path(folder))
        found = [m for name in chosen.module or CONFIGURATION["modules"] for m in different(name)]
        found = [m for m in found if chosen.only in m.name] if chosen.only else found
        if chosen.sample:
            found = random.Random(chosen.seed).sample(found, min(chosen.sample, len(found)))
        for module in dict.fromkeys(m.module for m in found):
            if court.verdict(module, source(module)) != SURVIVED:
                sys.exit(f"{module}: the battery or the tests fail without any change")
        return judge(court, found, whole=not (chosen.module or chosen.sample or chosen.only))


def convene(folder: Path) -> Court:
    """The tenants and an empty database, stored in a folder."""
    template = folder / "empty.sqlite3"

    async def prepare() -> Court:
        await create_schema(f"sqlite:///{template}")
        return Court(await contests(folder), template, CONFIGURATION)

    return asyncio.run(prepare())


def different(module: str) -> list[Mutant]:
    """The mutants of a module that are worth a trial, each text once."""
    operators = [*CONFIGURATION["operators"], *CONFIGURATION["also"].get(module, [])]
    texts = {source(module): None} | {mutant.source: mutant for mutant in mutants(module, operators)}
    ignored = CONFIGURATION["ignored"]["lines"]
    return [m for m in texts.values() if m is not None and not any(line in m.line for line in ignored)]


def judge(court: Court, found: list[Mutant], *, whole: bool) -> int:
    """Try them all; 1 if one survives that the docs do not explain, or if what they explain is noticed now."""
    explained = set(re.findall(r"^- (`.+)$", EXPLAINED.read_text(encoding="utf-8"), re.MULTILINE))
    verdicts: Counter[tuple[str, str]] = Counter()
    survivors = set()
    begun = time.monotonic()
    for number, mutant in enumerate(found, start=1):
        verdict = court.verdict(mutant.module, mutant.source)
        verdicts[mutant.module, verdict] += 1
        if verdict == SURVIVED:
            survivors.add(mutant.name)
            print(f"{'explained' if mutant.name in explained else 'UNEXPLAINED'}: - {mutant.name}", flush=True)
        if number % 50 == 0:
            print(f"{number} of {len(found)}, {time.monotonic() - begun:.0f} s", flush=True)
    for (module, verdict), count in sorted(verdicts.items()):
        print(f"{module}: {count} {verdict}")
    print(f"{len(found)} mutants, {len(survivors)} survivors, {time.monotonic() - begun:.0f} s")
    stale = explained - survivors if whole else set()
    for name in sorted(stale):
        print(f"noticed now, though the docs explain it: - {name}")
    return 1 if survivors - explained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
