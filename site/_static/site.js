// Predict first: what follows a prediction in its section stays hidden until the reader asks for it (or searches for words in it).

for (const box of document.querySelectorAll(".bp-predict")) {
  const button = box.querySelector("button");
  const hidden = [];
  for (let next = box.nextElementSibling; next && !next.matches(".bp-predict, section"); next = next.nextElementSibling) hidden.push(next);
  if (hidden.length === 0) continue;
  const show = () => {
    hidden.forEach((element) => element.removeAttribute("hidden"));
    button.hidden = true;
  };
  hidden.forEach((element) => {
    element.setAttribute("hidden", "until-found");
    element.addEventListener("beforematch", show);
  });
  button.hidden = false;
  button.addEventListener("click", () => {
    show();
    hidden[0].tabIndex = -1;
    hidden[0].focus({ preventScroll: true });
  });
  addEventListener("beforeprint", show);
}

// A block of code or a table that is wider than the page scrolls; then the keyboard must reach it.
const reach = () => {
  for (const element of document.querySelectorAll("div.highlight pre, .cell_output, .cell_output pre, .bp-wide, .pst-scrollable-table-container, div.bp-math")) {
    if (element.scrollWidth > element.clientWidth + 1) element.tabIndex = 0;
  }
};
reach();
addEventListener("resize", reach);
