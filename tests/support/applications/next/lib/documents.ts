/** The documents of the application, `@/lib/documents`. */
export async function addComment(_document: string, author: string, _text: string) {
  return { id: "c1", participants: [author, "bob", "eve"] };
}
