// A clause chip opens the clause's text in one shared dialog; without script it is a plain link.
export function openClauses() {
  document.addEventListener('click', async (event) => {
    const chip = event.target.closest('a[data-clause]');
    if (!chip || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const answer = await fetch(chip.href, { headers: { 'HX-Request': 'true' } });
    if (!answer.ok) { location.href = chip.href; return; }
    const dialog = document.getElementById('clause-dialog');
    dialog.querySelector('.body').innerHTML = await answer.text();
    dialog.showModal();
  });
  document.getElementById('clause-dialog')?.addEventListener('click', (event) => {
    if (event.target === event.currentTarget || event.target.closest('[data-close]')) event.currentTarget.close();
  });
}
