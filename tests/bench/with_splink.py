#!/usr/bin/env python3
"""Splink over the public set of `edina bench identity --generate`: with_splink.py RECORDS.csv CLUSTERS.csv

A usual, careful set-up: values are cleaned first, comparisons come from Splink's own library with term frequencies,
probabilities are learned without labels, clusters are what links at 0.95 and above joins. See README.md beside.
"""
import csv
import re
import sys

import pandas as pd
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
import splink.comparison_library as cl

THRESHOLD = float(sys.argv[3]) if len(sys.argv) > 3 else 0.95
LATIN = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", [
    "a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f",
    "kh", "ts", "ch", "sh", "sch", "", "y", "", "e", "yu", "ya"]))


def latin(text):
    return "".join(LATIN.get(c, c) for c in text.lower())


def phone(text):
    digits = re.sub(r"\D", "", text)[-10:]
    return digits if len(digits) == 10 and len(set(digits)) > 2 else None


def birth_date(text):
    found = re.match(r"(\d{1,2})[./](\d{1,2})[./](\d{2,4})$", text)
    if found:
        day, month, year = map(int, found.groups())
        year += 0 if year > 99 else 1900 if year > 26 else 2000
        text = f"{year:04}-{month:02}-{day:02}"
    return None if text.startswith("1900") else text or None


def is_surname(word):
    return re.search(r"(ov|ev|in|skiy|enko|uk|ko|ova|eva|ina|skaya)$", word) is not None


def names(row):
    """Surname without gender, and given name; one field may hold them in either order."""
    if row["last_name"] or row["first_name"]:
        surname, given = latin(row["last_name"]), latin(row["first_name"])
    else:
        words = [w for w in latin(row["full_name"]).replace(".", ". ").split() if not re.search(r"(ovich|evich|ovna|evna|ichna)$", w)]
        surname, given = (words + [""])[:2] if len(words) > 1 else ("", (words + [""])[0])
        if is_surname(given) and not is_surname(surname):
            surname, given = given, surname
    surname = re.sub(r"(aya|iy|a|y)$", "", re.sub(r"[^a-z]", "", surname))
    return surname or None, re.sub(r"[^a-z]", "", given) or None


def read(path):
    rows = []
    for row in csv.DictReader(open(path, encoding="utf-8-sig", newline="")):
        surname, given = names(row)
        company = latin(re.sub(r"(?i)общество с ограниченной ответственностью|ооо|[«»\",]", " ", row["company_name"]))
        rows.append({
            "unique_id": row["record_id"], "surname": surname, "given": given,
            "born": birth_date(row["birth_date"]), "phone": phone(row["phone"]),
            "email": row["email"].lower() or None,
            "vin": re.sub(r"\W", "", latin(row["vin"])).upper()[-6:] or None,
            "plate": re.sub(r"\W", "", latin(row["plate"])).upper() or None,
            "address": " ".join(re.findall(r"\d+", row["address"])) or None,
            "city": row["city"] or None, "inn": row["inn"] or None,
            "company": " ".join(company.split()) or None,
        })
    return pd.DataFrame(rows)


def main(source, target):
    records = read(source)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("surname", [0.92, 0.85]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("given", [0.92, 0.85]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("born", [1, 2]),
            cl.LevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("email", [1, 2]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("vin", [1]),
            cl.LevenshteinAtThresholds("plate", [1]),
            cl.ExactMatch("address").configure(term_frequency_adjustments=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("inn", [1]),
            cl.JaroWinklerAtThresholds("company", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("phone"), block_on("email"), block_on("vin"), block_on("plate"), block_on("inn"),
            block_on("company"), block_on("surname", "given"), block_on("surname", "born"), block_on("address", "given"),
        ],
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker(records, settings, DuckDBAPI())
    linker.training.estimate_probability_two_random_records_match(
        [block_on("phone", "given"), block_on("surname", "given", "born"), block_on("inn")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (block_on("phone"), block_on("surname", "given"), block_on("vin")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=THRESHOLD)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, THRESHOLD).as_pandas_dataframe()
    with open(target, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["record_id", "cluster_id"])
        writer.writerows(zip(found["unique_id"], found["cluster_id"]))


main(*sys.argv[1:3])
