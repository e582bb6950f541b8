// Whether keys without a modifier do anything here: whoever speaks to the browser switches them off.
export const hasLetterKeys = () => document.body.dataset.letterKeys !== "off";
