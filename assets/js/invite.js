// Shows in an empty room the address to send to others.
(() => {
  const address = document.getElementById("address");
  if (!address) return;
  address.textContent = location.origin;
  address.hidden = false;
})();
