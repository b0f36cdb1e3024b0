// The totals follow the country and the prices that the payer chooses. Without this script the page
// works too: it then shows the new total before anything is paid.
const form = document.getElementById("checkout");
const button = form.querySelector("button.primary");
let asked = 0;

async function refresh() {
  const mine = ++asked;
  const query = new URLSearchParams(new FormData(form));
  const response = await fetch(`${form.getAttribute("action")}/totals?${query}`);
  if (!response.ok || mine !== asked) return;
  const holder = document.createElement("template");
  holder.innerHTML = (await response.text()).trim();
  const totals = holder.content.firstElementChild;
  document.getElementById("totals").replaceWith(totals);
  button.textContent = totals.dataset.button;
  form.elements.shown_total.value = totals.dataset.due;
}

for (const input of form.querySelectorAll("[data-prices]")) {
  input.addEventListener("change", refresh);
}
