// Pages that show a secret once: a copy button.
import './ticket/ticket.css';
import { copyButtons } from './ticket/copy.js';

copyButtons();
