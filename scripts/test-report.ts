/**
 * What CI adds up and prints last, from the test runner's JSON report. First line: the numbers of passed and failed tests (a file
 * that could not be collected counts as one); then each failure, with the first line of its message.
 *
 *   npx tsx scripts/test-report.ts REPORT.json
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";

interface Report {
  numPassedTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

const report: Report = JSON.parse(readFileSync(process.argv[2] as string, "utf8"));
const firstLine = (text: string): string => text.split("\n")[0]?.slice(0, 300) ?? "";
const failures = report.testResults.flatMap((file) => {
  const failed = file.assertionResults.filter((test) => test.status === "failed");
  const lines = failed.map((test) => `${test.fullName}: ${firstLine(test.failureMessages[0] ?? "")}`);
  // A file fails without a failed test when it cannot be collected or a hook of it throws.
  if (file.status === "failed" && lines.length === 0) lines.push(firstLine(file.message));
  return lines.map((line) => `${relative(process.cwd(), file.name)}: ${line}`);
});
console.log(report.numPassedTests, failures.length);
for (const failure of failures) console.log(failure);
