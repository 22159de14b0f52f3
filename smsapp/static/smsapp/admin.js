// The live preview of a campaign's text, and a question before what cannot be undone.
"use strict";

function csrfToken() {
  return document.querySelector("[name=csrfmiddlewaretoken]").value;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function sample(row) {
  const figure = element("figure", "sample", "");
  figure.append(element("figcaption", "", row.who));
  if (row.problem) {
    figure.append(element("p", "tone-bad", row.problem));
    return figure;
  }
  const because = row.offending.length ? ` because of ${row.offending.join(" ")}` : "";
  figure.append(element("div", "bubble bubble-out", row.text));
  figure.append(element("p", "subtle", `${row.segments} segment${row.segments === 1 ? "" : "s"} · ${row.alphabet}${because}`));
  return figure;
}

function show(panel, told) {
  const samples = panel.querySelector("[data-samples]");
  const problems = told.problems.map((problem) => element("p", "tone-bad", problem));
  samples.replaceChildren(...problems, ...told.samples.map(sample));
  if (!samples.childNodes.length) samples.append(element("p", "empty", "Choose a program and write the text."));
  const people = panel.querySelector("[data-people]");
  people.textContent = told.people === null ? "" : `For ${told.people.toLocaleString("en-US")} ${told.people === 1 ? "person" : "people"} in the audience; the preflight says who of them may get it.`;
}

function watchPreview(panel) {
  const form = panel.closest("form");
  let latest = 0;
  let timer = 0;
  async function ask() {
    const mine = ++latest;
    const body = new FormData();
    for (const name of ["body", "program", "segment"]) body.set(name, form.elements[name]?.value ?? "");
    const answer = await fetch(panel.dataset.url, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
    if (answer.ok && mine === latest) show(panel, await answer.json());
  }
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  });
  if (form.elements.body) ask();
  else panel.remove();
}

async function watchCounts(panel) {
  const counted = panel.querySelector("[data-counted]");
  const bar = panel.querySelector("progress");
  try {
    const answer = await fetch(panel.dataset.url);
    if (!answer.ok) throw new Error(answer.status);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split("\n");
      rest = lines.pop();
      for (const told of lines.map(JSON.parse)) {
        if (told.html !== undefined) {
          panel.innerHTML = told.html;
          for (const button of document.querySelectorAll("[data-after-counts]")) button.disabled = false;
          return;
        }
        counted.textContent = `${told.people.toLocaleString("en-US")} of ${told.of.toLocaleString("en-US")}`;
        bar.max = Math.max(told.of, 1);
        bar.value = told.people;
      }
    }
    throw new Error("it ended early");
  } catch (error) {
    panel.replaceChildren(element("p", "notice notice-bad", "The counting stopped. Load the page again to count anew."));
  }
}

document.addEventListener("submit", (event) => {
  const question = event.target.dataset?.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
const counts = document.getElementById("counts");
if (counts) {
  // Nobody launches what has not been counted before their eyes.
  for (const button of document.querySelectorAll("[data-after-counts]")) button.disabled = true;
  watchCounts(counts);
}
const preview = document.getElementById("preview");
if (preview) watchPreview(preview);
