// Keeps the wall live: server-sent events say which phones changed, their cards are fetched anew.
"use strict";

const BURST = 12; // more changed phones than this: fetch the page of cards once instead
const wall = document.getElementById("wall");
const search = document.getElementById("q");
const live = document.getElementById("live");
let limit = 60;
let waiting = new Set();
let isBusy = false;

const cardOf = (number) => wall.querySelector(`[data-number="${CSS.escape(number)}"]`);
const scrollDown = (card) => { const screen = card.querySelector(".screen"); screen.scrollTop = screen.scrollHeight; };
const fragment = (html) => { const box = document.createElement("template"); box.innerHTML = html; return box.content; };

async function post(path, order) {
  const answer = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order),
  });
  const content = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(content.error || `HTTP ${answer.status}`);
  return content;
}

const senderField = (card) => {
  const field = card.querySelector("[name=to]");
  return `${field.type} ${field.length}`;
};

// Puts fresh head and texts into a card that is on the wall; what is being typed stays untouched.
function freshen(card, fresh) {
  const isNewSender = senderField(fresh) !== senderField(card);
  card.className = fresh.className;
  card.querySelector(".bar").replaceWith(fresh.querySelector(".bar"));
  card.querySelector(".screen").innerHTML = fresh.querySelector(".screen").innerHTML;
  if (isNewSender && !card.contains(document.activeElement)) {
    card.querySelector(".composer").replaceWith(fresh.querySelector(".composer"));
  }
  scrollDown(card);
}

async function loadCards() {
  const answer = await fetch(`/wall/cards?q=${encodeURIComponent(search.value)}&limit=${limit}`);
  const fresh = fragment(await answer.text());
  const focused = wall.contains(document.activeElement) && document.activeElement.closest(".phone");
  for (const card of fresh.querySelectorAll(".phone")) {
    const old = cardOf(card.dataset.number);
    const draft = old && old.querySelector("[name=body]").value;
    if (draft) card.querySelector("[name=body]").value = draft;
  }
  if (focused) { // someone is typing: freshen in place, leave the order alone
    for (const card of fresh.querySelectorAll(".phone")) {
      const old = cardOf(card.dataset.number);
      if (old) freshen(old, card);
    }
    return;
  }
  wall.replaceChildren(fresh);
  wall.querySelectorAll(".phone").forEach(scrollDown);
}

async function loadCard(number) {
  const old = cardOf(number);
  if (!old) return loadCards();
  const answer = await fetch(`/wall/phones/${encodeURIComponent(number)}`);
  if (!answer.ok) return loadCards();
  freshen(old, fragment(await answer.text()).querySelector(".phone"));
  const grid = document.getElementById("grid");
  if (!grid.contains(document.activeElement) && !grid.matches(":hover")) grid.prepend(old);
}

async function catchUp() {
  if (isBusy) return;
  isBusy = true;
  try {
    while (waiting.size) {
      const numbers = [...waiting];
      waiting = new Set();
      if (search.value || numbers.length > BURST) await loadCards();
      else for (const number of numbers) await loadCard(number);
    }
  } finally { isBusy = false; }
}

async function send(form, body) {
  const card = form.closest(".phone");
  const problem = form.querySelector(".problem");
  const to = form.querySelector("[name=to]").value.trim();
  if (!body.trim() || !to) { form.querySelector(to ? "[name=body]" : "[name=to]").focus(); return false; }
  problem.textContent = "";
  form.classList.add("is-sending");
  try {
    const answer = await post("/_sim/send", { from: card.dataset.number, to, body });
    if (answer.status < 200 || answer.status >= 400) {
      problem.textContent = answer.status ? `The product answered ${answer.status}.` : "The product did not answer.";
    }
    return true;
  } catch (error) { problem.textContent = error.message; return false;
  } finally { form.classList.remove("is-sending"); }
}

wall.addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = event.target.querySelector("[name=body]");
  const body = input.value;
  input.value = "";
  if (!(await send(event.target, body)) && !input.value) input.value = body;
});

wall.addEventListener("click", (event) => {
  const quick = event.target.closest("[data-say]");
  if (quick) send(quick.form, quick.dataset.say);
  if (event.target.matches(".more")) { limit = Number(event.target.dataset.limit); event.target.blur(); loadCards(); }
});

wall.addEventListener("focusin", (event) => {
  const card = event.target.closest(".phone.is-unread");
  if (!card) return;
  card.classList.remove("is-unread");
  card.querySelector(".badge.unread")?.remove();
  fetch(`/wall/phones/${encodeURIComponent(card.dataset.number)}/read`, { method: "POST" });
});

let pause;
search.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(loadCards, 200); });
document.getElementById("search").addEventListener("submit", (event) => { event.preventDefault(); loadCards(); });

document.getElementById("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = document.getElementById("number");
  const problem = document.getElementById("problem");
  problem.textContent = "";
  try {
    const phone = await post("/_sim/phones", { number: input.value });
    input.value = "";
    search.value = "";
    await loadCards();
    cardOf(phone.number)?.querySelector("[name=body]").focus();
  } catch (error) { problem.textContent = error.message; }
});

const events = new EventSource("/_sim/events");
events.onopen = () => { live.textContent = "Live"; live.className = "live is-on"; loadCards(); };
events.onerror = () => { live.textContent = "Not connected, trying again"; live.className = "live is-off"; };
events.onmessage = (event) => { JSON.parse(event.data).numbers.forEach((number) => waiting.add(number)); catchUp(); };
wall.querySelectorAll(".phone").forEach(scrollDown);
