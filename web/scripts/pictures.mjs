// `npm run pictures`: make docs/pictures/bell-light.png and bell-dark.png. CHROMIUM is the path of the browser.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { createServer } from "vite";

const candidates = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];
const executablePath = candidates.find((path) => path && existsSync(path));
if (!executablePath) throw new Error("Set CHROMIUM to where Chromium or Chrome is.");

const server = await createServer({ server: { host: "127.0.0.1", port: 0 }, logLevel: "error" });
await server.listen();
const { port } = server.httpServer.address();
const args = ["--no-sandbox", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath, args });
for (const theme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: { width: 500, height: 560 }, deviceScaleFactor: 1.5 });
  await page.clock.setFixedTime(new Date("2026-11-24T15:00:00"));
  await page.goto(`http://127.0.0.1:${port}/?theme=${theme}&delay=0`);
  await page.getByRole("button", { name: "Notifications, 4 unread" }).click();
  await page.getByRole("tab", { name: "All" }).click();
  await page.getByRole("listitem").nth(5).waitFor();
  await page.getByRole("listitem").nth(1).hover();
  await page.screenshot({ path: fileURLToPath(new URL(`../../docs/pictures/bell-${theme}.png`, import.meta.url)) });
}
await browser.close();
await server.close();
