# rapidfuzz on the same names: prints, for each scorer, processor seconds of
# sought names against the whole list, and how many were sought.
import csv
import resource
import sys
import time

from rapidfuzz import fuzz, process, utils

folder = sys.argv[1]


def read(name, most):
    with open(f"{folder}/{name}.csv", newline="", encoding="utf-8") as file:
        rows = [row[1] for _, row in zip(range(most), csv.reader(file))]
    return [utils.default_process(row) for row in rows]


listed = read("list", 10**9)
for scorer, cutoff, sought in ((fuzz.token_sort_ratio, 80, 2000),
                               (fuzz.WRatio, 80, 40)):
    names = read("query", sought)
    for _ in range(int(sys.argv[2])):
        started = time.process_time()
        process.cdist(names, listed, scorer=scorer, score_cutoff=cutoff,
                      workers=1)
        print(scorer.__name__, len(names), time.process_time() - started,
              sep="\t")
