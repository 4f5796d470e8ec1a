// A link with data-dialog opens its page's form in a dialog; without script it is a page of its own.
export function formDialogs(dialog) {
  if (!dialog) return;
  document.addEventListener('click', async (event) => {
    const link = event.target.closest('a[data-dialog]');
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      await open(dialog, link.href);
    } else if (event.target.closest('[data-close]') && dialog.contains(event.target)) {
      event.preventDefault();
      dialog.close();
    }
  });
}

async function open(dialog, address) {
  const answer = await fetch(address, { headers: { 'HX-Request': 'true' } });
  if (!answer.ok) {
    location.href = address;
    return;
  }
  dialog.innerHTML = await answer.text();
  window.htmx?.process(dialog);
  dialog.showModal();
  dialog.querySelector('select, textarea, input:not([type=hidden])')?.focus();
}
