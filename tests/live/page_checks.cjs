"use strict";
// Opens a page in Chromium and prints as JSON what a person would see: node page_checks.cjs PAGE LOOKS [SHOTS]
// LOOKS is JSON: for each look the width, the colour scheme, and whether axe-core examines it too, which takes long.
// NODE_PATH names the folder with playwright-core and @axe-core/playwright, CHROMIUM the program.
const { chromium } = require("playwright-core");
const { AxeBuilder } = require("@axe-core/playwright");
const { basename } = require("node:path");
const { pathToFileURL } = require("node:url");

// Every picture: what it is called, how large it is, how many of its shapes have a size and a colour.
function pictures() {
  return [...document.querySelectorAll("svg.chart")].map((svg) => {
    const box = svg.getBoundingClientRect();
    const shapes = [...svg.querySelectorAll("rect")];
    const drawn = shapes.filter((shape) => {
      const own = shape.getBoundingClientRect();
      const inside = own.left >= box.left - 1 && own.right <= box.right + 1 && own.bottom <= box.bottom + 1;
      return inside && own.width > 0 && getComputedStyle(shape).fill !== "rgb(0, 0, 0)";
    });
    const empty = shapes.filter((shape) => Number(shape.getAttribute("height")) === 0).length;
    const title = svg.querySelector("title").textContent;
    return { title, width: box.width, height: box.height, shapes: shapes.length - empty, drawn: drawn.length };
  });
}

// Sorts the table by its last column with the keyboard alone; what that column then says, and what is focused.
async function sortedByKeyboard(page, index) {
  const heading = page.locator("table").nth(index).locator("thead th").last();
  await heading.locator("button").focus();
  const column = () =>
    page.locator("table").nth(index).evaluate((table) => [...table.querySelectorAll("tbody tr:not(.group)")].map((row) => row.cells[row.cells.length - 1].textContent));
  const before = await column();
  await page.keyboard.press("Enter");
  const rising = [await heading.getAttribute("aria-sort"), await column()];
  await page.keyboard.press("Space");
  const falling = [await heading.getAttribute("aria-sort"), await column()];
  const outlined = await heading.locator("button").evaluate((button) => getComputedStyle(button).outlineStyle);
  return { before, rising, falling, outlined };
}

async function look(browser, url, [width, scheme, examined], shots) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  context.setDefaultTimeout(120_000); // other tests may take the machine
  const page = await context.newPage();
  const requests = [], complaints = [], dialogs = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => { dialogs.push(dialog.message()); dialog.dismiss(); });
  await page.goto(url);
  const seen = {
    width, scheme,
    scrolls: await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
    paper: await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor),
    pictures: await page.evaluate(pictures),
    foreign: await page.evaluate(() => document.querySelectorAll("img, iframe, object, embed, link, base, form, [style], [onclick], [onerror], [onload]").length),
    scripts: await page.evaluate(() => document.scripts.length),
    text: await page.evaluate(() => document.body.textContent),
  };
  for (const folded of await page.locator("summary").all()) await folded.click();
  const found = examined ? (await new AxeBuilder({ page }).analyze()).violations : [];
  seen.violations = found.map((each) => `${each.id}: ${each.nodes.map((node) => node.target).join(" ")}`);
  seen.tables = await page.locator("table").count();
  seen.sorted = [];
  for (let index = 0; index < seen.tables; index++) seen.sorted.push(await sortedByKeyboard(page, index));
  seen.scrollsUnfolded = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  const boxed = () => [...document.querySelectorAll("thead button")].filter((each) => each.getClientRects().length > 0).length;
  seen.boxed = await page.evaluate(boxed);
  await page.emulateMedia({ media: "print" });
  seen.boxedInPrint = await page.evaluate(boxed);
  await page.emulateMedia({ media: null });
  if (shots) await page.screenshot({ path: `${shots}/${basename(url, ".html")}-${width}-${scheme}.png`, fullPage: true });
  if (shots && scheme === "light" && width > 1000) await page.pdf({ path: `${shots}/${basename(url, ".html")}.pdf`, format: "A4" });
  await context.close();
  return { ...seen, requests, complaints, dialogs };
}

(async () => {
  const [path, looks, shots] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  const seen = [];
  for (const each of JSON.parse(looks)) seen.push(await look(browser, pathToFileURL(path).href, each, shots));
  await browser.close();
  process.stdout.write(JSON.stringify(seen));
})();
