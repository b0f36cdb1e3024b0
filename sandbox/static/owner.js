// The list of checkouts follows what happens, without touching the forms below it.
const EVERY = 2000;
let shown = document.getElementById("activity").outerHTML;

async function refresh() {
  if (document.hidden) return;
  const response = await fetch("/owner/activity");
  if (!response.ok) return;
  const text = (await response.text()).trim();
  // An opened "Metadata" stays open as long as nothing has changed.
  if (text === shown) return;
  shown = text;
  const holder = document.createElement("template");
  holder.innerHTML = text;
  document.getElementById("activity").replaceWith(holder.content.firstElementChild);
}

setInterval(() => refresh().catch(() => {}), EVERY);
