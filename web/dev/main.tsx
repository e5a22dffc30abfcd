// `npm run dev`: the bell on its own page, with an API in memory. The query has theme, locale, dir and delay (ms).
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { NotificationCentre } from "../src/index";
import "../src/style/index.css";
import { browserTab } from "../src/tab";
import { FakeApi, notification, tokenFor } from "../tests/fake";
import { samples } from "./samples";
import "./page.css";

const query = new URLSearchParams(location.search);
const theme = query.get("theme") as "light" | "dark" | null;
const api = new FakeApi();
api.add(...samples());
browserTab.fetch = async (...request) => {
  await new Promise((resolve) => setTimeout(resolve, Number(query.get("delay") ?? 150)));
  return api.fetch(...request);
};
if (theme) document.documentElement.style.colorScheme = theme;
if (query.get("dir")) document.documentElement.dir = query.get("dir")!;
Object.assign(window, { api, notification });

createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <header>
      <strong>Example</strong>
      <nav>
        <a href="#documents">Documents</a>
        <NotificationCentre
          apiUrl="https://api.example.com"
          getToken={() => tokenFor("alice")}
          {...(query.get("locale") && { locale: query.get("locale")! })}
          serviceWorkerUrl="/carillon-sw.js"
        />
      </nav>
    </header>
    <main>
      <h1>Documents</h1>
      <p>This page stands for your application. The bell is in its header.</p>
      <button type="button" onClick={() => api.add(notification({ title: "Something new", severity: "warning" }))}>
        Notify me
      </button>
    </main>
  </StrictMode>,
);
