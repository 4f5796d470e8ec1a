// New ticket: an earlier ticket offered at the side is taken over with one click.
import './ticket/ticket.css';

const field = document.getElementById('earlier_numbers');

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-use]');
  if (!button) return;
  const numbers = field.value.split(/[,，\s]+/).filter(Boolean);
  if (!numbers.includes(button.dataset.use)) numbers.push(button.dataset.use);
  field.value = numbers.join('，');
  button.disabled = true;
  button.textContent = '已选为前件';
});
