// One conversation, live: new lines, what a reply costs, saved replies, Ctrl+Enter.
"use strict";

const EVERY_MS = 2000;
const conversation = document.getElementById("conversation");
const reply = document.getElementById("reply");

function toTheEnd() {
  conversation.scrollTop = conversation.scrollHeight;
}

async function refresh() {
  if (!document.hidden) {
    try {
      const answer = await fetch(`${conversation.dataset.url}?version=${conversation.dataset.version}`);
      if (answer.status === 200 && !answer.redirected) await take(answer);
    } catch (error) {
      // The server is away for a moment; the next round asks again.
    }
  }
  setTimeout(refresh, EVERY_MS);
}

async function take(answer) {
  const isAtEnd = conversation.scrollHeight - conversation.scrollTop - conversation.clientHeight < 60;
  // The server's own fragment, escaped by its template.
  conversation.innerHTML = await answer.text();
  conversation.dataset.version = answer.headers.get("X-Version");
  for (const field of document.querySelectorAll("[data-seen]")) field.value = answer.headers.get("X-Seen-Through");
  if (isAtEnd) toTheEnd();
}

function watchReply() {
  const body = reply.elements.body;
  const cost = document.getElementById("cost");
  let timer = 0;
  async function count() {
    if (!body.value.trim()) {
      cost.textContent = "";
      return;
    }
    const form = new FormData();
    form.set("body", body.value);
    const headers = { "X-CSRFToken": reply.elements.csrfmiddlewaretoken.value };
    const answer = await fetch(reply.dataset.count, { method: "POST", body: form, headers });
    if (!answer.ok) return;
    const told = await answer.json();
    const because = told.offending.length ? ` because of ${told.offending.join(" ")}` : "";
    cost.textContent = `${told.segments} segment${told.segments === 1 ? "" : "s"} · ${told.remaining} left · ${told.alphabet}${because}`;
  }
  body.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(count, 200);
  });
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      reply.requestSubmit();
    }
  });
  document.getElementById("saved")?.addEventListener("change", (event) => {
    if (event.target.value) body.value = body.value ? `${body.value}\n${event.target.value}` : event.target.value;
    event.target.value = "";
    body.focus();
    count();
  });
  count();
}

toTheEnd();
setTimeout(refresh, EVERY_MS);
if (reply) watchReply();
