/** The exports of src/index.ts with their doc comments, as the compiler finds them. */
import ts from "typescript";

const root = new URL("../..", import.meta.url).pathname;

/** A doc comment without its asterisks. */
export interface DocComment {
  /** Path in the repository, and the line on which the text begins. */
  file: string;
  line: number;
  text: string;
}

/** An export. */
export interface Documented {
  name: string;
  isFunction: boolean;
  /** Its own doc comment, empty if it has none. */
  comment: string;
  /** Its own and those of its members. */
  comments: DocComment[];
}

/** Every export, in the order of their names. */
export function publicApi(): Documented[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // Comments, and what is a function, can be told without the libraries, which take long to read.
  const program = ts.createProgram([`${root}src/index.ts`], { ...options, noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const index = checker.getSymbolAtLocation(program.getSourceFile(`${root}src/index.ts`)!)!;
  return checker.getExportsOfModule(index).map((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declarations = symbol.declarations ?? [];
    const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0;
    const own = declarations.flatMap(docCommentsOf);
    // Properties that are assigned to a function, such as styleTransfer.steps, and the members of classes and interfaces.
    const members = [...(symbol.exports?.values() ?? []), ...(symbol.members?.values() ?? [])];
    const ofMembers = members.flatMap(({ declarations = [] }) => declarations.flatMap(docCommentsOf));
    return {
      name: exported.name,
      isFunction: isValue && checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0,
      comment: own.map(({ text }) => text).join("\n"),
      comments: [...own, ...ofMembers],
    };
  });
}

function docCommentsOf(declaration: ts.Declaration): DocComment[] {
  const source = declaration.getSourceFile();
  const assigned = ts.isPropertyAccessExpression(declaration) && ts.findAncestor(declaration, ts.isExpressionStatement);
  return ts
    .getJSDocCommentsAndTags(assigned || declaration)
    .filter(ts.isJSDoc)
    .map((comment) => ({
      file: source.fileName.slice(root.length),
      line: source.getLineAndCharacterOfPosition(comment.getStart()).line + 1,
      text: comment.getText().replace(/^ *(\/\*\*|\*\/|\* ?)/gm, ""),
    }));
}
