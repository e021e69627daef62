// The mark of CERS: rising bars.
export function Mark() {
  return <img src="/cers.svg" alt="" width="28" height="28" />;
}
