export const proof = {
  title: "Confirm that it is you",
  lead: "This needs a proof from the last 10 minutes. With your password it goes on at once.",
  password: "Your password",
  confirm: "Confirm",
  wrong: "This is not your password.",
  moreOwed: "The password is right. Your account also has a second factor: prove it in a new tab, and it goes on here.",
  otherWay: "Confirm in a new tab, with a passkey, a second factor or the company's sign-in"
}
