// Times relative to now, like "12 s ago". Each element has its time, and is updated every second.
import { make } from "./dom.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** 14:03:22 */
export const clockTime = (at) => clock.format(at);

function ago(seconds) {
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86400)} d ago`;
}

function until(seconds) {
  if (seconds <= 0) return "now";
  if (seconds < 60) return `in ${Math.ceil(seconds)} s`;
  if (seconds >= 3600) return `in ${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `in ${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function update(element) {
  const seconds = (Date.now() - new Date(element.dateTime)) / 1000;
  const words = element.dataset.way === "until" ? until(-seconds) : ago(seconds);
  if (element.textContent !== words) element.textContent = words;
}

function time(at, way) {
  const when = new Date(at);
  const element = make("time", { dateTime: when.toISOString(), title: when.toLocaleString("en-GB"), "data-way": way });
  update(element);
  return element;
}

/** A time in the past: "12 s ago". */
export const since = (at) => time(at, "since");

/** A time in the future: "in 4:12". */
export const countdown = (at) => time(at, "until");

setInterval(() => document.querySelectorAll("time[data-way]").forEach(update), 1000);
