// The print view's own paper styles.
import './ticket/print.css';
