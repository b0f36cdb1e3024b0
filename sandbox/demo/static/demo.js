// The pages follow the simulated time and what is new; without this script they show it when they are loaded.
const room = document.body.dataset.room;
const frame = document.querySelector("iframe");
const elsewhere = document.querySelector(".elsewhere");
const form = document.querySelector(".clock");
const clock = form.querySelector("time");
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
  const { run, now, on_show, news } = await response.json();
  if (run !== (known ??= run)) location.reload(); // it was started again
  clock.dateTime = now;
  clock.textContent = `${format.format(new Date(now))} UTC`;
  for (const link of document.querySelectorAll("[data-room] .news")) {
    link.hidden = !news.includes(link.closest("[data-room]").dataset.room);
  }
  if (!frame || Date.now() < patience) return;
  elsewhere.hidden = on_show.includes(room);
  if (!elsewhere.hidden && document.hasFocus()) showHere();
}

function showHere() {
  patience = Date.now() + 3000;
  elsewhere.hidden = true;
  frame.contentWindow.location.reload();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const buttons = form.querySelectorAll("button");
  const given = new URLSearchParams(new FormData(form, event.submitter));
  for (const button of buttons) button.disabled = true;
  await fetch("/time", { method: "POST", body: given, redirect: "manual" }).catch(() => null);
  for (const button of buttons) button.disabled = false;
  follow();
});

function settleIn() {
  const page = frame.contentDocument;
  // SimCord comments on everything it does; here only what went wrong is worth a word.
  const status = page.getElementById("action-status");
  const choose = () => { status.hidden = !/ not |uncertain|interrupted|unavailable/.test(status.textContent); };
  new MutationObserver(choose).observe(status, { childList: true, characterData: true, subtree: true });
  choose();
  // Whoever sends something wants to see the answer, which comes at the end and grows for a moment.
  const timeline = page.getElementById("channel-timeline");
  const composer = page.getElementById("channel-composer");
  let until = 0;
  const toTheEnd = () => { if (Date.now() < until) timeline.scrollTop = timeline.scrollHeight; };
  const resized = new ResizeObserver(toTheEnd);
  resized.observe(timeline);
  resized.observe(page.getElementById("channel-message-list"));
  for (const kind of ["submit", "keydown"]) {
    page.addEventListener(kind, (event) => {
      if (composer.contains(event.target) && (event.key ?? "Enter") === "Enter") until = Date.now() + 3000;
    }, true);
  }
  // Discord's own addresses lead out of the demo; what they name is here.
  page.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="https://discord.com/channels/"]');
    if (!link) return;
    event.preventDefault();
    const kind = link.href.includes("/channels/@me/") ? "dm" : "shop";
    location.assign(`/room/${room.replace(/^[a-z]+/, kind)}`);
  }, true);
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
