#!/usr/bin/env python3
"""The report in a real browser: python3 tests/browser/report.py FOLDER [AXE]

FOLDER is what `init-symmetry report --out FOLDER` wrote. Needs Chromium, its driver and Selenium:
apt-get install -y --no-install-recommends chromium chromium-driver python3-selenium

AXE is axe.min.js of axe-core, which looks for barriers: npm install axe-core. Without it the other
checks run.
"""

import base64
import csv
import pathlib
import re
import shutil
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.select import Select
    from selenium.webdriver.support.wait import WebDriverWait
except ImportError as error:
    sys.exit(f"Selenium is missing ({error}): apt-get install python3-selenium")

WIDE, PHONE, NARROW = 1280, 390, 320
# the screen of a lecture room
STAGE = (1920, 1080)
PAGES = 15
# WCAG 2.2, success criterion 1.4.3, level AA, for text of ordinary size
LEAST_CONTRAST = 4.5


def program(name):
    path = shutil.which(name)
    if path is None:
        sys.exit(f"{name} is missing: apt-get install chromium chromium-driver")
    return path


def open_browser(profile):
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        # a container has little of /dev/shm
        "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={profile}",
    ]:
        options.add_argument(argument)
    return webdriver.Chrome(service=Service(program("chromedriver")), options=options)


class Report:
    """The page in a browser, as somebody sees it."""

    def __init__(self, browser, folder, axe=None):
        self.browser, self.folder, self.axe = browser, folder, axe

    def files(self):
        pictures = sorted(self.folder.glob("figures/*.svg"))
        return ["index.html"] + [f"figures/{path.name}" for path in pictures]

    def look(self, width=WIDE, scheme="light", file="index.html", anchor="", motion="reduce",
             height=800):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < WIDE}
        media = {"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            # a page that still scrolls smoothly is clicked beside its buttons
            {"name": "prefers-reduced-motion", "value": motion},
        ]}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        self.browser.get("about:blank")
        self.browser.get((self.folder / file).as_uri() + anchor)

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def click(self, element):
        # in the middle of the window, clear of the bar at its top
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def picture(self, element):
        """What an element looks like, wherever on the page it is."""
        clip = self.run(
            "const {x, y, width, height} = arguments[0].getBoundingClientRect();"
            "return {x: x + scrollX, y: y + scrollY, width, height, scale: 1}", element)
        options = {"format": "png", "clip": clip, "captureBeyondViewport": True}
        return self.browser.execute_cdp_cmd("Page.captureScreenshot", options)["data"]

    def console(self):
        return [entry["message"] for entry in self.browser.get_log("browser")]


def expect(condition, words):
    if not condition:
        raise AssertionError(words)


def the_page_and_every_picture_open_without_a_word_in_the_console(report):
    files = report.files()
    expect(len(files) > 5, f"the pictures were found: {files}")
    for file in files:
        for scheme in ["light", "dark"]:
            report.look(scheme=scheme, file=file)
            said = report.console()
            expect(said == [], f"{file}: {said}")
            drawn = "return document.querySelectorAll('svg path').length"
            expect(report.run(drawn) > 0, f"{file} draws something")


def nothing_is_loaded_from_elsewhere(report):
    report.look()
    loaded = report.run("return performance.getEntriesByType('resource').map((it) => it.name)")
    expect([it for it in loaded if not it.startswith("data:")] == [], f"loaded: {loaded}")


def the_slider_moves_the_picture(report):
    report.look()
    films = report.all(".film")
    expect(len(films) == 2 and all(film.is_displayed() for film in films), "two films")
    for film in films:
        slider, said = [film.find_element(By.CSS_SELECTOR, it) for it in ("input", "output")]
        pictures = film.find_elements(By.XPATH, "..//*[name()='svg' and @role='img']")
        seen = {}
        for key in [Keys.END, Keys.HOME, Keys.ARROW_RIGHT]:
            slider.send_keys(key)
            seen[key] = [report.picture(it) for it in pictures], said.text
        (end, last), (home, first), (_, second) = seen.values()
        expect((first, last) == ("0", "3000"), f"iterations {first} to {last}")
        expect(int(second) > 0, f"the next iteration is {second}")
        expect(slider.get_attribute("aria-valuetext") == f"iteration {second}", "it is said aloud")
        changed = [before != after for before, after in zip(home, end)]
        expect(changed == [True] * 4, f"pictures that changed: {changed}")
        for picture in pictures:
            words = picture.find_element(By.CSS_SELECTOR, "desc").get_property("textContent")
            expect(f"iteration {second}:" in words, f"it is told what it shows: {words}")
        shown = report.run(
            "return [...arguments[0].closest('figure').querySelectorAll('.shot')]"
            ".filter((it) => getComputedStyle(it).display !== 'none').length", film)
        expect(shown == len(pictures), f"one frame for each picture, not {shown}")


def play_runs_through_the_iterations_and_stops(report):
    report.look()
    film = report.one(".film")
    slider, button = [film.find_element(By.CSS_SELECTOR, it) for it in ("input", "button")]
    report.click(button)
    WebDriverWait(report.browser, 10).until(lambda _: int(slider.get_property("value")) == 2)
    expect(button.text == "Stop", "the button stops it")
    report.click(button)
    expect(button.text == "Play", "and it has stopped")


def the_slider_stays_in_view_on_a_phone(report):
    report.look(width=PHONE, height=844)
    for film in report.all(".film"):
        pictures = film.find_elements(By.XPATH, "..//*[name()='svg' and @role='img']")
        slider = film.find_element(By.CSS_SELECTOR, "input")
        for picture in pictures:
            report.run("arguments[0].scrollIntoView({block: 'center'})", picture)
            top, height = report.run(
                "const {top, height} = arguments[0].getBoundingClientRect(); return [top, height]",
                slider)
            expect(0 <= top <= 844 - height, f"the slider is {top} px from the top")
            expect(height >= 24, f"the slider is {height} px high")


def numbers_are_told_where_one_points_and_where_one_moves_by_keys(report):
    report.look()
    with open(report.folder / "figures/w1-rows.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for picture in report.all("#w1-rows svg[role=img]"):
        start = picture.find_element(By.CSS_SELECTOR, ".title").text
        told = picture.find_element(By.XPATH, "following-sibling::p")
        expect(picture.get_attribute("tabindex") == "0", "the keyboard reaches it")
        seen = set()
        for moves in ["pointer", Keys.HOME, Keys.ARROW_RIGHT, Keys.END, Keys.ARROW_LEFT]:
            if moves == "pointer":
                report.run("arguments[0].scrollIntoView({block: 'center'})", picture)
                ActionChains(report.browser).move_to_element(picture).perform()
            else:
                picture.send_keys(moves)
            words = told.text.replace("−", "-")
            iteration = re.match(r"iteration (\d+)\.", words).group(1)
            seen.add(iteration)
            values = re.findall(r"unit (\d): (-?\d+(?:\.\d+)?)", words)
            expect(len(values) == 4, f"each unit has a number: {words}")
            for unit, value in values:
                cells = {"start": start, "iteration": iteration, "unit": unit}
                [due] = [float(row["first weight"]) for row in rows if cells.items() <= row.items()]
                expect(abs(float(value) - due) <= 0.005 * abs(due), f"{words}: {due} is due")
        expect(seen == {"0", "20", "880", "1980", "2000"}, f"iterations {seen}")
        said = told.get_attribute("aria-live")
        expect(said == "polite", "what the keyboard asks for is said aloud")
    report.click(report.one("h1"))
    expect(report.all(".told:not(:empty)") == [], "nothing is left behind")


def choose(report, **choices):
    """Sets controls of the live panel, as a reader does."""
    for name, value in choices.items():
        control = report.one(f"#live-{name}")
        if control.tag_name == "select":
            Select(control).select_by_value(value)
        else:
            control.clear()
            control.send_keys(value, Keys.TAB)


def live(report, name):
    return report.one(f"#live-{name}").text


def lines(report, name):
    """The lines of a picture of the live panel."""
    drawn = report.all(f"#live-{name} .unit-line")
    return [line.get_attribute("d") for line in drawn]


def steps(report, count):
    for _ in range(count // 100):
        report.run("document.getElementById('live-steps').click()")


def twins_stay_one_line_from_a_constant_start(report):
    report.look()
    for task in ["xor", "and", "moons", "circles"]:
        for activation in ["tanh", "sigmoid", "relu", "leaky-relu", "silu", "identity"]:
            choose(report, task=task, activation=activation, start="constant", rate="0.1")
            begin = lines(report, "first")
            steps(report, 300)
            where = f"{task}, {activation}"
            expect(live(report, "iteration") == "300", f"{where}: {live(report, 'iteration')}")
            expect(live(report, "classes") == "1 for 4 units", f"{where}: one class")
            for name in ["first", "second"]:
                drawn = lines(report, name)
                expect(len(drawn) == 4, f"{where}: {len(drawn)} lines")
                expect(len(set(drawn)) == 1, f"{where}: all lie on top of each other")
            expect(begin != lines(report, "first"), f"{where}: not vacuous, they move")
            looks = {it.get_attribute("class") for it in report.all("#live-first .unit-line")}
            expect(len(looks) == 1, f"{where}: twins look alike")
            labels = [it.text for it in report.all("#live-first text")]
            expect("units 1–4" in labels, f"{where}: the label says whose line it is: {labels}")
    expect("All 4 units are twins" in live(report, "summary"), live(report, "summary"))
    expect(report.console() == [], "nothing in the console")


def random_units_part_and_learn(report):
    report.look()
    choose(report, task="xor", start="normal", units="8", scale="1")
    steps(report, 1000)
    expect(live(report, "classes") == "8 for 8 units", live(report, "classes"))
    for name in ["first", "second"]:
        expect(len(set(lines(report, name))) == 8, f"{name}: eight lines")
    expect(live(report, "right") == "4 of 4", f"XOR is learnt: {live(report, 'right')}")
    drawn = lines(report, "first")
    choose(report, seed="2")
    steps(report, 1000)
    expect(drawn != lines(report, "first"), "another seed draws others")
    choose(report, seed="1")
    steps(report, 1000)
    expect(drawn == lines(report, "first"), "the same seed draws the same")


def from_zero_sigmoid_units_move_and_tanh_units_do_not(report):
    report.look()
    still = "No weight of W1 has moved."
    for task, activation, moves in [("xor", "tanh", False), ("and", "tanh", False),
                                    ("xor", "sigmoid", False), ("and", "sigmoid", True)]:
        choose(report, task=task, activation=activation, start="zeros")
        steps(report, 300)
        said = live(report, "summary")
        expect((still not in said) == moves, f"{task}, {activation}: {said}")
        expect(live(report, "classes") == "1 for 4 units", "twins either way")
    expect(not report.one("#live-scale").is_enabled(), "zero has no scale")


def the_live_panel_plays_and_stops_and_says_so_once(report):
    for motion in ["no-preference", "reduce"]:
        report.look(motion=motion)
        choose(report, start="normal")
        report.run(
            "window.said = 0; window.drawn = 0;"
            "const count = (name, id) => new MutationObserver(() => window[name]++)"
            "  .observe(document.getElementById(id), {childList: true, characterData: true});"
            "count('said', 'live-summary'); count('drawn', 'live-iteration');")
        play = report.one("#live-play")
        # without waiting for a page that scrolls smoothly
        report.run("arguments[0].click()", play)
        WebDriverWait(report.browser, 20).until(lambda _: int(live(report, "iteration")) >= 500)
        drawn = report.run("return window.drawn")
        expect(play.text == "Stop", "the button stops it")
        if motion == "reduce":
            expect(drawn <= 4, f"about one picture a second, not {drawn}")
        expect(report.run("return window.said") == 0, "nothing is said at every frame")
        report.run("arguments[0].click()", play)
        expect(report.run("return window.said") == 1, "it is said when it stops")
        expect(f"Iteration {live(report, 'iteration')}:" in live(report, "summary"), "that it is")
        expect(play.text == "Play", "and it has stopped")
    report.look()
    report.click(report.one("#live-steps"))
    expect(live(report, "iteration") == "100", "a hundred steps")
    report.click(report.one("#live-reset"))
    expect(live(report, "iteration") == "0", "Reset begins anew")
    report.click(report.one("#live-step"))
    expect(live(report, "iteration") == "1", "one step")


def a_rate_that_is_too_large_is_said_in_words(report):
    report.look()
    choose(report, task="moons", activation="relu", start="normal", scale="100", rate="100")
    steps(report, 1000)
    said = live(report, "summary")
    expect("NaN" not in said and "Infinity" not in said, said)
    choose(report, rate="", scale="")
    steps(report, 100)
    expect("NaN" not in live(report, "summary"), "an empty control counts as its first value")
    expect(report.console() == [], "nothing in the console")


def axe_finds_no_barrier(report):
    if report.axe is None:
        print("        axe-core is not named: not asked")
        return
    for scheme in ["light", "dark"]:
        for width in [NARROW, WIDE]:
            report.look(width=width, scheme=scheme)
            report.run("for (const it of document.querySelectorAll('details')) it.open = true")
            choose(report, start="normal")
            steps(report, 100)
            find_barriers(report, f"{scheme}, {width} px")
        for slide in range(1, slides(report) + 1):
            report.look(STAGE[0], scheme, anchor=f"#present-{slide}", height=STAGE[1])
            find_barriers(report, f"{scheme}, slide {slide}")


def find_barriers(report, where):
    report.run(report.axe)
    found = report.browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document).then((found) => done([...found.violations, ...found.incomplete"
        "  .filter((it) => it.id === 'aria-prohibited-attr')]"
        "  .map((it) => `${it.id}: ${it.nodes[0].html.slice(0, 150)}`)))")
    expect(found == [], f"{where}: {found}")


def slides(report):
    return len(report.all(".slide"))


def a_presentation_shows_one_figure_a_screen(report):
    for width, height in [STAGE, (1400, 900)]:
        report.look(width=width, height=height)
        count = slides(report)
        expect(count == 10, f"{count} slides")
        report.click(report.one("#present"))
        page = report.one("body")
        for number in range(1, count + 1):
            expect(report.one("#stage-place").text == f"{number} of {count}", "the place is said")
            shown = [it for it in report.all("nav, dl, table, .slide") if it.is_displayed()]
            shown = [it.get_attribute("id") for it in shown if "readings" not in
                     it.get_attribute("class")]
            expect(len(shown) == 1, f"one slide, not {shown}")
            size = report.one(".slide.now p").value_of_css_property("font-size")
            expect(size == "24px", f"text of {size}")
            where = report.one(".slide.now").get_attribute("id")
            if where != "live-slide":
                picture, question = report.one(".slide.now svg"), report.one(".slide.now .predict")
                expect(question.is_displayed() and not picture.is_displayed(), "the question first")
                page.send_keys(Keys.ARROW_RIGHT)
                expect(picture.is_displayed(), "then the figure")
            needs = report.run("return document.documentElement.scrollHeight")
            wide = report.run("return document.documentElement.scrollWidth")
            fits = needs <= height and wide <= width
            # the kill matrix is for reading, not for a screen
            expect(fits or where == "kill-matrix" or height < STAGE[1],
                   f"slide {number}, {where}, is {wide} × {needs} px of {width} × {height}")
            if number < count:
                page.send_keys(Keys.ARROW_RIGHT)
        page.send_keys(Keys.ARROW_LEFT)
        expect(report.one("#stage-place").text == f"{count - 1} of {count}", "and back")
        page.send_keys(Keys.ESCAPE)
        expect(report.one("nav").is_displayed(), "Escape leaves it")
        expect(not report.one("#stage").is_displayed(), "with its bar")
    report.look(anchor="#present-2")
    slider = report.one("#boundary-xor input")
    slider.send_keys(Keys.ARROW_LEFT)
    expect(report.one("#boundary-xor output").text == "1800", "a slider keeps its arrow keys")
    expect(report.one("#stage-place").text.startswith("2 "), "and the slide stays")


def every_figure_asks_before_it_shows(report):
    report.look()
    for slide in report.all(".slide"):
        asked = slide.find_element(By.CSS_SELECTOR, "details.predict")
        picture = slide.find_element(By.CSS_SELECTOR, "svg[role=img]")
        expect(not asked.get_property("open"), "the answer is not shown yet")
        expect("?" in asked.text, asked.text)
        expect(asked.location["y"] < picture.location["y"], "the question stands above")


def the_page_is_printed_on_few_pages_with_everything_open(report):
    report.look()
    report.run("addEventListener('beforeprint', () => { window.left = "
               "document.querySelectorAll('details:not([open])').length })")
    printed = report.browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pages = len(re.findall(rb"/Type\s*/Page[^s]", base64.b64decode(printed["data"])))
    expect(report.run("return window.left") == 0, "everything is open")
    expect(5 < pages <= PAGES, f"{pages} pages")
    expect(report.all(".predict[open]") == [], "afterwards it is closed again")


def the_address_keeps_the_filter(report):
    report.look()
    report.one("#filter-text").send_keys("xor")
    Select(report.one("#filter-verdict")).select_by_value("refuted")
    seen = [row.get_attribute("id") for row in rows(report)]
    expect(0 < len(seen) < 8, f"{len(seen)} claims")
    headings = [it.text for it in report.all("#claims tr.heading") if it.is_displayed()]
    sections = {row.get_attribute("data-section") for row in rows(report)}
    expect(len(headings) == len(sections), f"a heading for each section: {headings}")
    address = report.run("return location.hash")
    expect("text=xor" in address and "verdict=refuted" in address, address)
    report.look(anchor=address)
    expect(seen == [row.get_attribute("id") for row in rows(report)], "the same claims again")
    bottom = report.run("return arguments[0].getBoundingClientRect().bottom", rows(report)[0])
    Select(report.one("#filter-verdict")).select_by_value("")
    report.run("scrollBy(0, 3000)")
    top = report.run("return document.getElementById('filter').getBoundingClientRect().top")
    expect(0 <= top < 100 and bottom > 0, f"the filter stays in view, {top} px from the top")


def rows(report):
    return [row for row in report.all("#claims tr[data-verdict]") if row.is_displayed()]


def the_table_filters_by_text_section_and_verdict(report):
    report.look()
    every = len(rows(report))
    expect(every > 50, f"{every} claims")
    text, count = report.one("#filter-text"), report.one("#filter-count")

    text.send_keys("Saddle XOR")
    shown = rows(report)
    expect(0 < len(shown) < every, f"{len(shown)} of {every} after a text")
    for row in shown:
        words = row.get_property("textContent").lower()
        expect("saddle" in words and "xor" in words, "each has both words")
    expect(count.text == f"{len(shown)} of {every} claims", f"said: {count.text}")

    text.clear()
    text.send_keys("xyzzy")
    expect(rows(report) == [] and report.one("#nothing").is_displayed(), "that none is said")
    text.clear()
    text.send_keys(" ")
    expect(len(rows(report)) == every, "all are back")

    for name in ["section", "verdict"]:
        choice = report.one(f"#filter-{name}")
        sizes = 0
        for option in choice.find_elements(By.CSS_SELECTOR, "option")[1:]:
            Select(choice).select_by_value(option.get_attribute("value"))
            values = {row.get_attribute(f"data-{name}") for row in rows(report)}
            expect(values == {option.get_attribute("value")}, f"{name}: {values}")
            sizes += len(rows(report))
        expect(sizes == every, f"each claim has one {name}")
        Select(choice).select_by_value("")


def a_link_finds_its_claim_whatever_the_filter_hides(report):
    report.look()
    report.one("#filter-text").send_keys("xyzzy")
    link = report.one("figure .links a")
    claim = link.get_attribute("href").split("#")[1]
    report.click(link)
    WebDriverWait(report.browser, 5).until(lambda _: report.one(f"#{claim}").is_displayed())
    expect(report.one(f"#{claim} details").get_property("open"), "it is open")
    report.look(anchor=f"#{claim}")
    expect(report.one(f"#{claim} details").get_property("open"), "from outside too")


def the_page_never_scrolls_sideways(report):
    for width in [NARROW, PHONE, 700, WIDE]:
        report.look(width=width)
        report.run("for (const it of document.querySelectorAll('details')) it.open = true")
        needs = report.run("return document.documentElement.scrollWidth")
        expect(needs <= width, f"at {width} px the page is {needs} px wide")
        out = report.run(
            "const width = arguments[0];"
            "return [...document.querySelectorAll('p, li, a, code, input, select, button, h1, h2, "
            "h3, dd, td, svg[role=img]')].filter((it) => !it.closest('.wide[tabindex], thead, "
            ".skip') && !it.matches('.skip') && it.getBoundingClientRect().right > width + 1)"
            ".map((it) => it.outerHTML.slice(0, 99))", width)
        expect(out == [], f"at {width} px these reach over the edge: {out[:3]}")


# the contrast of every text with what is painted behind it, as WCAG defines it
CONTRASTS = """
const channels = (color) => color.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => [r, g, b]
  .map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
const behind = (it) => {
  for (; it; it = it.parentElement) {
    const color = channels(getComputedStyle(it).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color;
  }
  const paper = document.querySelector('svg > .paper');
  return paper ? channels(getComputedStyle(paper).fill) : [255, 255, 255];
};
const texts = 'h1, h2, h3, p, li, a, dt, dd, summary, td, th, label, output, button, code, '
  + '.verdict, text';
return [...document.querySelectorAll(texts)].map((it) => {
  const style = getComputedStyle(it);
  const ink = channels(it instanceof SVGElement && it.matches('text') ? style.fill : style.color);
  const [low, high] = [luminance(ink), luminance(behind(it))].sort((a, b) => a - b);
  return [(high + 0.05) / (low + 0.05), it.outerHTML.slice(0, 99)];
}).sort((a, b) => a[0] - b[0])[0];
"""


def light_and_dark_are_both_applied_and_readable(report):
    files = report.files()
    for file in files:
        paper = set()
        for scheme in ["light", "dark"]:
            report.look(scheme=scheme, file=file)
            least, where = report.run(CONTRASTS)
            expect(least >= LEAST_CONTRAST, f"{file}, {scheme}: contrast {least:.2f} of {where}")
            paper.add(report.run(
                "const paper = document.querySelector('svg > .paper');"
                "return paper ? getComputedStyle(paper).fill"
                " : getComputedStyle(document.body).backgroundColor"))
        expect(len(paper) == 2, f"{file} has one colour of paper for both: {paper}")


def everything_is_reached_by_the_keyboard(report):
    report.look()
    controls = report.all(".film input, .film button, #filter input, #filter select, summary, "
                          "#live input:enabled, #live select, #live button, #present, "
                          "svg[tabindex], "
                          ".wide[tabindex], a")
    expect(len(controls) > 100, f"{len(controls)} controls")
    reached = set()
    for _ in controls:
        report.browser.switch_to.active_element.send_keys(Keys.TAB)
        reached.add(report.browser.switch_to.active_element.id)
    missed = [it.get_attribute("outerHTML")[:99] for it in controls
              if it.id not in reached and it.is_displayed()]
    expect(missed == [], f"{len(missed)} of {len(controls)} not reached: {missed[:3]}")


def everything_has_a_name_of_its_own(report):
    report.look()
    bar = report.all("#stage button")
    for control in report.all("input, select, button, svg[role=img], figure"):
        if control in bar:
            expect(not control.is_displayed(), "the bar belongs to the presentation")
            continue
        words = control.get_attribute("outerHTML")[:99]
        expect(control.accessible_name.strip() != "", f"no name: {words}")
    report.click(report.one("#present"))
    expect(len(bar) == 3 and all(it.accessible_name for it in bar), "the bar has names as well")
    twice = report.run(
        "const ids = [...document.querySelectorAll('[id]')].map((it) => it.id);"
        "return ids.filter((id, k) => ids.indexOf(id) !== k)")
    expect(twice == [], f"ids that stand twice: {twice[:5]}")
    dead = report.run(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map((it) => it.hash.slice(1))"
        ".filter((id) => !document.getElementById(id))")
    expect(dead == [], f"links that lead nowhere: {dead[:5]}")


def links_to_files_lead_to_files(report):
    report.look()
    links = [it.get_attribute("href") for it in report.all("a:not([href^='#'])")]
    expect(len(links) > 10, "pictures and numbers are linked")
    for link in links:
        path = report.folder / link.split(report.folder.name + "/")[-1]
        expect(path.is_file() and path.stat().st_size > 0, f"{link} is missing")


def without_script_the_page_still_shows_everything(report):
    page = (report.folder / "index.html").read_text(encoding="utf-8")
    begins, ends = page.rindex("<script>"), page.rindex("</script>")
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "index.html"
        copy.write_text(page[:begins] + page[ends:], encoding="utf-8")
        bare = Report(report.browser, copy.parent)
        bare.look()
        expect(len(rows(bare)) > 50, "all claims")
        expect(not bare.one("#filter").is_displayed(), "no filter that does nothing")
        expect(not bare.one(".film").is_displayed(), "no slider that does nothing")
        shown = bare.run("return document.querySelectorAll('.shot.now').length")
        expect(not bare.one("#live-panel").is_displayed(), "no panel that does nothing")
        expect(bare.one(".needs-script").is_displayed(), "but a sentence that says so")
        expect(not bare.one("#present").is_displayed(), "no presentation that does nothing")
        expect(shown == 8, f"one frame for each picture, not {shown}")


CHECKS = [
    the_page_and_every_picture_open_without_a_word_in_the_console,
    nothing_is_loaded_from_elsewhere,
    the_slider_moves_the_picture,
    the_slider_stays_in_view_on_a_phone,
    play_runs_through_the_iterations_and_stops,
    numbers_are_told_where_one_points_and_where_one_moves_by_keys,
    twins_stay_one_line_from_a_constant_start,
    random_units_part_and_learn,
    from_zero_sigmoid_units_move_and_tanh_units_do_not,
    the_live_panel_plays_and_stops_and_says_so_once,
    a_rate_that_is_too_large_is_said_in_words,
    a_presentation_shows_one_figure_a_screen,
    every_figure_asks_before_it_shows,
    axe_finds_no_barrier,
    the_page_is_printed_on_few_pages_with_everything_open,
    the_table_filters_by_text_section_and_verdict,
    the_address_keeps_the_filter,
    a_link_finds_its_claim_whatever_the_filter_hides,
    the_page_never_scrolls_sideways,
    light_and_dark_are_both_applied_and_readable,
    everything_is_reached_by_the_keyboard,
    everything_has_a_name_of_its_own,
    links_to_files_lead_to_files,
    without_script_the_page_still_shows_everything,
]


def main():
    if len(sys.argv) not in [2, 3]:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve()
    if not (folder / "index.html").is_file():
        sys.exit(f"{folder} holds no report")
    axe = pathlib.Path(sys.argv[2]).read_text(encoding="utf-8") if len(sys.argv) == 3 else None
    failed = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = open_browser(profile)
        try:
            report = Report(browser, folder, axe)
            for check in CHECKS:
                name = check.__name__.replace("_", " ")
                try:
                    check(report)
                    print(f"ok      {name}", flush=True)
                except Exception as error:  # one broken check must not hide the others
                    failed += 1
                    print(f"FAILED  {name}: {error}", flush=True)
        finally:
            browser.quit()
    sys.exit(f"{failed} of {len(CHECKS)} checks failed" if failed else 0)


if __name__ == "__main__":
    main()
