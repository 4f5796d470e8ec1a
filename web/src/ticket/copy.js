// Copy a text to paste into the district platform. navigator.clipboard exists on https and localhost only:
// on a plain-http intranet address the text is selected and copied the old way.
export function copyButtons() {
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', async () => {
      const source = document.getElementById(button.dataset.copy);
      const copied = await copy(source);
      const note = document.getElementById(`${button.dataset.copy}-copied`);
      note.textContent = copied ? '已复制' : '浏览器不允许复制：文字已选中，请按 Ctrl+C';
    });
  }
}

async function copy(source) {
  const text = 'value' in source ? source.value : source.textContent;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    select(source);
    return document.execCommand('copy');
  }
}

function select(source) {
  if ('select' in source) {
    source.focus();
    source.select();
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}
