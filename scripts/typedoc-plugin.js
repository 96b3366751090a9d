/** What the site of `npm run docs` has beyond typedoc's own: titles of documents, and links to the errors that are thrown. */
import { CommentTag, Converter } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load({ converter }) {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => nameByHeading(document));
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const { comment } of Object.values(project.reflections)) if (comment) listThrows(comment);
  });
}

/** A document is called by its heading, not by its path. @param {import("typedoc").DocumentReflection} document */
function nameByHeading(document) {
  const [, heading] = /^# (.*)$/m.exec(document.content[0]?.text ?? "") ?? [];
  if (!heading) throw new Error(`${document.name} has no heading. Give it one: it is the title in the site.`);
  document.name = heading;
}

/** One list for all tags `@throws {Class} when`, each class a link. @param {import("typedoc").Comment} comment */
function listThrows(comment) {
  const thrown = comment.getTags("@throws");
  if (thrown.length === 0) return;
  const list = new CommentTag("@throws", thrown.flatMap(itemOf));
  comment.blockTags.splice(comment.blockTags.indexOf(thrown[0]), 0, list);
  comment.blockTags = comment.blockTags.filter((tag) => !thrown.includes(tag));
}

/** @param {import("typedoc").CommentTag} tag */
function itemOf({ typeAnnotation = "", content }) {
  const classes = typeAnnotation.match(/\w+/g) ?? [];
  const links = classes.flatMap((text, index) => [
    { kind: "text", text: index === 0 ? "" : ", " },
    { kind: "inline-tag", tag: "@link", text },
  ]);
  return [
    { kind: "text", text: "- " },
    ...links,
    { kind: "text", text: " " },
    ...content,
    { kind: "text", text: "\n" },
  ];
}
