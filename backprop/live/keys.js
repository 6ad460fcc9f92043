// The keys of the explorer. What is typed in it must never become a command of the notebook around it.

const inText = (target) => target.matches("input[type=text], textarea, select");
const inControl = (target) => target.matches("button, select, input[type=radio]") && target.matches(":focus-visible");

export function keys(act) {
  const moves = { ArrowRight: act.on, ArrowLeft: act.back };
  const nudges = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };
  return (event) => {
    const { key, target } = event;
    const command = event.ctrlKey || event.metaKey;
    if (command && (key === "s" || !inText(target))) return; // saving, and whatever else is a command anywhere
    event.stopPropagation(); // else JupyterLab takes arrows, and "a" makes a cell
    if (inText(target) || event.altKey) return;
    const onPicture = target.matches("[data-parameter]");
    if (event.shiftKey && moves[key]) moves[key]();
    else if (key === " " && !inControl(target)) act.play();
    else if (key === "r" || key === "R") act.reset();
    else if (onPicture && key in nudges) act.nudge(nudges[key]);
    else if (onPicture && (key === "Home" || key === "End")) act.end(key === "End");
    else return;
    event.preventDefault();
  };
}
