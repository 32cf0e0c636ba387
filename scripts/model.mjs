// `npm run model`: which branches of the statechart the generated paths take, and what is wrong with the model.
import { formatModelReport, modelReport } from '../dist/testing.js';

const report = modelReport();
process.stdout.write(`${formatModelReport(report)}\n`);
if (report.problems.length > 0) process.exitCode = 1;
