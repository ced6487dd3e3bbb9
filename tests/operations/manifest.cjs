// What the generator reads and writes; the test names the file.
module.exports = { documents: ["../../schema/operations/*.graphql"], output: process.env.OUTPUT };
