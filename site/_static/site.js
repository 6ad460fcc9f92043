// What a page does by itself, without a kernel.

// A block, table or formula that is wider than its place scrolls; then the keyboard must reach it. The observer sees it again whenever its
// size changes: the window's, a fold's that opens, a prediction's that is revealed. (What was too wide once stays reachable.)
const WIDE = "div.highlight pre, .cell_output, .cell_output .output, .cell_output pre, .bp-wide, .pst-scrollable-table-container, div.bp-math";

function reach(element) {
  if (element.matches("span.bp-math")) {
    const room = element.closest("p, li, td, th, dd, h1, h2, h3")?.clientWidth ?? Infinity;
    element.classList.toggle("bp-wide", element.firstChild.getBoundingClientRect().width > room + 1);
  }
  if (element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX !== "visible") element.tabIndex = 0;
}

function reachAll() {
  for (const element of document.querySelectorAll(`span.bp-math, ${WIDE}`)) reach(element);
}

const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
for (const element of document.querySelectorAll(WIDE)) observer.observe(element);

// Predict first: what follows a prediction in its section stays hidden until the reader asks for it, searches for words in it, or prints.
for (const box of document.querySelectorAll(".bp-predict")) {
  const button = box.querySelector("button");
  const hidden = [];
  for (let next = box.nextElementSibling; next && !next.matches(".bp-predict, section"); next = next.nextElementSibling) hidden.push(next);
  if (hidden.length === 0) continue;
  const show = () => {
    for (const element of hidden) element.removeAttribute("hidden");
    button.hidden = true;
    reachAll();
  };
  for (const element of hidden) {
    element.setAttribute("hidden", "until-found");
    element.addEventListener("beforematch", show);
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    show();
    hidden[0].tabIndex = -1;
    hidden[0].focus({ preventScroll: true });
  });
  addEventListener("beforeprint", show);
}

addEventListener("load", reachAll); // after the theme, which has rules of its own
addEventListener("resize", reachAll);
