// The pages follow the simulated time and what is new; without this script they show it when they are loaded.
const room = document.body.dataset.room;
const frame = document.querySelector("iframe");
const elsewhere = document.querySelector(".elsewhere");
const clock = document.querySelector(".controls time");
const format = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC",
});
let known;
let patience = Date.now() + 3000; // milliseconds that a room's own page has for opening it

async function follow() {
  const response = await fetch("/now", { cache: "no-store" }).catch(() => null);
  if (!response?.ok) {
    clock.textContent = "The demo has ended";
    return;
  }
  const { run, now, on_show, rooms, news, roles, closed } = await response.json();
  for (const button of document.querySelectorAll(".dms")) {
    button.textContent = closed.includes(button.dataset.person) ? "DMs closed" : "DMs open";
  }
  if (run !== (known ??= run)) location.reload(); // it was started again
  clock.dateTime = now;
  clock.textContent = `${format.format(new Date(now))} UTC`;
  await showRooms(rooms);
  for (const link of document.querySelectorAll("[data-room] .news")) {
    link.hidden = !news.includes(link.closest("[data-room]").dataset.room);
  }
  for (const shown of document.querySelectorAll(".roles")) shown.textContent = roles[shown.dataset.person];
  if (!frame || Date.now() < patience) return;
  elsewhere.hidden = on_show.includes(room);
  if (!elsewhere.hidden && document.hasFocus()) showHere();
}

// A thread is a room of its own, for those who are in it, from then on.
const doors = document.querySelector(".tabs, .doors");
async function showRooms(rooms) {
  const shown = [...doors.querySelectorAll("a[data-room]")].map((link) => link.dataset.room);
  if (shown.toSorted().join() === rooms.toSorted().join()) return;
  const page = await fetch(location.pathname, { cache: "no-store" });
  if (!page.ok) return;
  const anew = new DOMParser().parseFromString(await page.text(), "text/html");
  doors.innerHTML = anew.querySelector(".tabs, .doors").innerHTML;
}

function showHere() {
  patience = Date.now() + 3000;
  elsewhere.hidden = true;
  frame.contentWindow.location.reload();
}

// Time moves and the bot restarts without the page being loaded anew.
for (const form of document.querySelectorAll(".controls form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pressed = event.submitter;
    const given = new URLSearchParams(new FormData(form, pressed));
    const buttons = document.querySelectorAll(".controls button");
    for (const button of buttons) button.disabled = true;
    const bot = generation();
    const answer = await fetch(form.action, { method: "POST", body: given, redirect: "manual" }).catch(() => null);
    if (pressed.dataset.done) await newBotIsShown(bot);
    for (const button of buttons) button.disabled = false;
    if (pressed.dataset.done && answer?.type === "opaqueredirect") say(pressed, pressed.dataset.done);
    follow();
  });
}

for (const menu of document.querySelectorAll(".controls select")) {
  menu.addEventListener("change", () => menu.form.requestSubmit(menu.form.querySelector("button")));
}

function generation() {
  return frame?.contentWindow.simcordPreview?.botGeneration;
}

// SimCord takes no click on what it showed of the bot before.
async function newBotIsShown(before) {
  const until = Date.now() + 3000;
  while (frame && generation() === before && Date.now() < until) await new Promise((done) => setTimeout(done, 50));
}

function say(button, text) {
  const usual = (button.usual ??= button.innerHTML);
  button.textContent = text;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => { button.innerHTML = usual; }, 4000);
}

function settleIn() {
  const page = frame.contentDocument;
  // SimCord comments on everything it does; here only what went wrong is worth a word.
  const status = page.getElementById("action-status");
  const choose = () => { status.hidden = !/ not |uncertain|interrupted|unavailable/.test(status.textContent); };
  new MutationObserver(choose).observe(status, { childList: true, characterData: true, subtree: true });
  choose();
  // What is new comes at the end, and grows for a moment: it stays in sight unless somebody scrolled away.
  const timeline = page.getElementById("channel-timeline");
  const composer = page.getElementById("channel-composer");
  let follows = true;
  let scrolling = 0;
  // While a room opens, SimCord would go to the first line of its newest message, however long that is.
  let opens = true;
  const opening = setInterval(() => {
    if (!frame.contentWindow?.simcordPreview?.ready) return;
    clearInterval(opening);
    setTimeout(() => { opens = false; }, 500);
  }, 100);
  const toTheEnd = () => { if (follows) timeline.scrollTop = timeline.scrollHeight; };
  const resized = new ResizeObserver(toTheEnd);
  resized.observe(timeline);
  resized.observe(page.getElementById("channel-message-list"));
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    timeline.addEventListener(kind, (event) => {
      // A click or a key on what a message shows isn't scrolling; on the scroll bar it is.
      const scrolls = { pointerdown: event.target === timeline, keydown: /^(Page|Arrow|Home|End|Tab)/.test(event.key) };
      if (scrolls[kind] ?? true) scrolling = Date.now() + 1000;
    }, { passive: true });
  }
  timeline.addEventListener("scroll", () => {
    if (Date.now() > scrolling) {
      if (opens) toTheEnd();
      return; // SimCord's own doing
    }
    follows = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 60;
  });
  for (const kind of ["submit", "keydown", "click"]) {
    page.addEventListener(kind, (event) => {
      const sends = kind !== "click" || event.target.closest?.("button");
      if (sends && composer.contains(event.target) && (event.key ?? "Enter") === "Enter") follows = true;
    }, true);
  }
  // An answer that is added comes into view, wherever SimCord has put the page meanwhile.
  let last = null;
  const list = page.getElementById("channel-message-list");
  new MutationObserver(() => {
    nameProducts(list);
    const newest = list.lastElementChild?.id || list.childElementCount;
    if (newest !== last && follows) requestAnimationFrame(toTheEnd);
    last = newest;
  }).observe(list, { childList: true, characterData: true, subtree: true });
  nameProducts(list);
  // Discord's own addresses lead out of the demo; what they name is here.
  page.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="https://discord.com/channels/"]');
    if (!link) return;
    event.preventDefault();
    const person = room.split("-").at(-1);
    const kind = link.href.includes("/channels/@me/") ? "dm" : "shop";
    const threads = link.href.split("/").map((id) => doors.querySelector(`a[data-room="thread-${id}-${person}"]`));
    location.assign(threads.find(Boolean)?.href ?? `/room/${kind}-${person}`);
  }, true);
}

// Discord shows the name of what was chosen for a command's option; SimCord shows its value.
let products = {};
fetch("/products").then((response) => response.json()).then((found) => { products = found; }).catch(() => {});

function nameProducts(list) {
  const texts = document.createTreeWalker(list, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const named = texts.currentNode.data.replace(/prd_\w+/g, (id) => products[id] ?? id);
    if (named !== texts.currentNode.data) texts.currentNode.data = named;
  }
}

if (frame) {
  frame.addEventListener("load", settleIn);
  if (frame.contentDocument?.getElementById("action-status")) settleIn();
  elsewhere.querySelector("button").addEventListener("click", showHere);
  window.addEventListener("focus", follow);
}
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
setInterval(follow, 1000);
follow();
