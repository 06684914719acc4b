"""The report, opened from disk in a real browser."""

import csv
import os
import random
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from projects import Project

pytestmark = pytest.mark.workflow
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        message = "no chromium on PATH, so the report is not opened"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Visit:
    """A page with what went wrong on it."""

    def __init__(self, browser: Browser, path: Path, width: int = 1280, **options: str) -> None:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: self.errors.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.locator("#trials tbody tr").first.wait_for()

    def _note(self, message: object) -> None:
        if message.type == "error":  # type: ignore[attr-defined]
            self.errors.append(message.text)  # type: ignore[attr-defined]

    def cells(self, column: int) -> list[str]:
        return self.page.locator(f"#trials tbody td:nth-child({column + 1})").all_inner_texts()

    def alone(self) -> bool:
        return not [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


def test_the_table_sorts_filters_and_searches_and_its_rows_are_drawn(
    finished: Project, browser: Browser
) -> None:
    visit = Visit(browser, finished.results() / "report.html")
    page = visit.page
    heads = page.locator("#trials thead tr").first.locator("th").all_inner_texts()
    score = heads.index("score")
    with open(finished.results() / "iris/svm/trials.csv", encoding="utf-8") as stream:
        expected = [row["trial"] for row in csv.DictReader(stream)]
    page.get_by_label("Filter the column data set").fill("iris")
    page.get_by_label("Filter the column model").fill("svm")
    assert sorted(visit.cells(len(heads) - 1)) == sorted(expected)
    page.locator("#trials thead th").nth(score).click()
    worst, *_, best = sorted(visit.cells(score), key=float)
    expect(page.locator(f"#trials tbody td:nth-child({score + 1})").first).to_have_text(worst)
    first = [float(text) for text in visit.cells(score)]
    assert first == sorted(first)
    page.locator("#trials thead th").nth(score).click()
    expect(page.locator(f"#trials tbody td:nth-child({score + 1})").first).to_have_text(best)
    assert [float(text) for text in visit.cells(score)] == first[::-1]
    page.get_by_role("searchbox", name="Search:").fill(expected[0])
    assert visit.cells(len(heads) - 1) == [expected[0]]

    page.locator("#search").select_option(label="svm on iris")
    page.locator("#parallel").scroll_into_view_if_needed()
    drawn = page.locator("#parallel .trial")
    expect(drawn).to_have_count(1)
    page.get_by_role("searchbox", name="Search:").fill("")
    expect(drawn).to_have_count(len(expected))
    assert visit.errors == []
    assert visit.alone()


def test_a_value_chosen_for_a_hyperparameter_leaves_its_trials(
    finished: Project, browser: Browser
) -> None:
    page = Visit(browser, finished.results() / "report.html").page
    with open(finished.results() / "iris/svm/trials.csv", encoding="utf-8") as stream:
        trials = list(csv.DictReader(stream))
    page.locator("#search").select_option(label="svm on iris")
    before = page.locator("#trials tbody tr").count()
    (value,) = {row["param_C"] for row in trials if row["rank_test_balanced_accuracy"] == "1"}
    expected = [row["trial"] for row in trials if row["param_C"] == value]
    assert 0 < len(expected) < len(trials)
    page.get_by_label("C", exact=True).select_option(label=f"{float(value):g}")
    last = page.locator("#trials thead tr").first.locator("th").count()
    found = page.locator(f"#trials tbody td:nth-child({last})").all_inner_texts()
    assert sorted(found) == sorted(expected)
    page.get_by_label("C", exact=True).select_option(label="any")
    assert page.locator("#trials tbody tr").count() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(
    finished: Project, browser: Browser, scheme: str
) -> None:
    visit = Visit(browser, finished.results() / "report.html", 360, color_scheme=scheme)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 360
    assert visit.page.evaluate("document.documentElement.classList.contains('dark')") is (
        scheme == "dark"
    )
    paper = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") is (scheme == "light")
    assert visit.errors == []


def test_it_can_be_read_with_a_keyboard_and_by_ear(finished: Project, browser: Browser) -> None:
    page = Visit(browser, finished.results() / "report.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator("html").get_attribute("lang") == "en"
    alternatives = page.locator("img").evaluate_all("all => all.map(each => each.alt)")
    assert len(alternatives) > 20
    assert all(len(text) > 15 for text in alternatives)
    assert not [text for text in alternatives if not re.search(r"\d", text)]
    board = rows_of(finished, "leaderboard.csv")
    (told,) = [text for text in alternatives if text.startswith("The winners of all models")]
    for row in board:
        score, held_out = (f"{float(row[name]):.4g}" for name in ("mean_test", "held_out"))
        assert f"{row['dataset']} {row['model']} {score} ± " in told
        assert f"held-out {held_out}" in told
    columns = page.locator("th").evaluate_all("all => all.map(each => each.textContent.trim())")
    assert len(columns) > 50
    assert "" not in columns
    heads = page.locator("main :is(h1,h2,h3,h4,h5)")
    levels = heads.evaluate_all("all => all.map(each => Number(each.tagName[1]))")
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("h1").count() == 1


def test_questions_are_answered_in_the_numbers_of_the_study(
    finished: Project, browser: Browser
) -> None:
    page = Visit(browser, finished.results() / "report.html").page
    found = page.locator(".answer").evaluate_all(
        "all => all.map(each => [each.parentElement.querySelector('h2').textContent,"
        " each.textContent])"
    )
    said = dict(found)
    assert list(said) == [
        "What won",
        "Is the difference real?",
        "Was tuning worth it?",
        "Which hyperparameters matter?",
        "Would a wider grid help?",
        "Is the winner honest?",
        "Over- or underfitting?",
        "What was learned?",
        "What did it cost?",
    ]
    board = rows_of(finished, "leaderboard.csv")
    for model in ("decision_tree", "svm"):
        wins = [row for row in board if row["model"] == model and row["rank"] == "1"]
        number = {0: None, 1: "1 of 2 data sets", 2: "both data sets"}[len(wins)]
        assert (f"{model} on {number}" in said["What won"]) == bool(wins)
    spent = sum(float(row["cpu_seconds"]) for row in rows_of(finished, "cost.csv"))
    assert said["What did it cost?"].startswith("16 trials took ")
    assert float(re.findall(r"took ([\d.]+)", said["What did it cost?"])[0]) == pytest.approx(
        spent if spent >= 1 else 1000 * spent, rel=0.01
    )


def rows_of(project: Project, name: str) -> list[dict[str, str]]:
    with open(project.results() / name, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_best_of_all_models_come_first(finished: Project, browser: Browser) -> None:
    visit = Visit(browser, finished.results() / "report.html")
    page = visit.page
    heads = page.locator("#trials thead tr").first.locator("th").all_inner_texts()
    page.get_by_label("Filter the column data set").fill("diabetes")  # lower is better
    scores = [float(text) for text in visit.cells(heads.index("score"))]
    assert scores == sorted(scores)
    assert len(set(visit.cells(heads.index("model")))) == 2


def test_held_out_rows_of_each_data_sets_best_model_stand_open(
    finished: Project, browser: Browser
) -> None:
    page = Visit(browser, finished.results() / "report.html", 1500).page
    best = {row["dataset"]: row["model"] for row in rows_of(finished, "leaderboard.csv")[::-1]}
    parts = page.locator("details[open] > summary").all_inner_texts()
    assert sorted(parts) == sorted(f"{model} on {name}" for name, model in best.items())
    shown = page.locator("details[open] img").evaluate_all("all => all.map(each => each.alt)")
    assert [text for text in shown if text.startswith("ROC")]
    assert [text for text in shown if text.startswith("Predictions of the held-out rows")]
    nav, main = (page.locator(name).bounding_box() for name in (".beside > nav", "main"))
    assert nav["x"] + nav["width"] < main["x"]  # type: ignore[index]
    assert main["width"] > 1100  # type: ignore[index]


def test_printed_it_has_every_section_open(finished: Project, browser: Browser) -> None:
    page = Visit(browser, finished.results() / "report.html").page
    closed = "document.querySelectorAll('details:not([open])').length"
    before = page.evaluate(closed)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert (before > 4, page.evaluate(closed)) == (True, 0)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) == before
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_its_policy_allows_its_own_scripts_and_nothing_else(finished: Project) -> None:
    text = (finished.results() / "report.html").read_text("utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.replace("&#39;", "'").split(";"))
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"('sha256-[\w+/=]+' ?){2}", rules["script-src"])
    assert "unsafe-eval" not in policy
    assert len(text) < 4_000_000


def test_hostile_names_do_no_harm(project: Project, browser: Browser) -> None:
    names = ["<script>alert(1)</script>", "=HYPERLINK(1)", "</script><img src=x onerror=alert(2)>"]
    labels = ["</script><script>alert(3)</script>", "+1+cmd|' /C calc'!A0"]
    rng = random.Random(0)
    with open(project.root / "hostile.csv", "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*names, "y"])
        for i in range(90):
            writer.writerow([*(rng.random() + (i % 2) for _ in names), labels[i % 2]])
    project.configure(
        "study: hostile\ndatasets: {hostile: {source: hostile.csv, target: y}}\n"
        "models: {decision_tree: {grid: {max_depth: [1, 2]}}}\n"
    )
    project.succeed()
    results = project.results("hostile")
    visit = Visit(browser, results / "report.html")
    visit.page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    visit.page.wait_for_timeout(300)
    assert visit.errors == []
    assert visit.alone()
    assert visit.page.locator("img:not([alt])").count() == 0
    assert visit.page.locator("script").count() == 3
    for path in results.rglob("*.csv"):
        with open(path, encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "+1+"))], path
    for path in results.rglob("*.svg"):
        assert "<script" not in path.read_text("utf-8")
