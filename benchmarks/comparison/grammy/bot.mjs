// grammY with its conversations plugin, led by lines: `node bot.mjs SCRIPT FOLDER`.
//
// As its documentation shows: the plugin with a storage, here its file adapter; updates go in by `handleUpdate`, as from
// a webhook, all at once; calls that come out are answered in the place of `fetch`. A line of stdin is an update, or `used`,
// `collect` or `end`; lines of stdout are what is sent, the end of what an update did, and what the process has used.

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { conversations, createConversation } from "@grammyjs/conversations";
import { FileAdapter } from "@grammyjs/storage-file";
import { Bot } from "grammy";

const [script, folder] = process.argv.slice(2);
const die = process.env.CHINWAG_BENCH_DIE;
const write = (what) => writeSync(1, `${JSON.stringify(what)}\n`);
const dieAt = (instant) => die === instant && process.kill(process.pid, "SIGKILL");

async function askNumber(conversation, ctx, question, wait) {
    await ctx.reply(question);
    const again = (ctx) => ctx.reply(question);
    const number = await conversation.form.int({ maxMilliseconds: wait * 1000, otherwise: again });
    dieAt("answer");
    return number;
}

async function ask(conversation, ctx, question, wait) {
    await ctx.reply(question);
    const answer = await conversation.waitFor("message:text", { maxMilliseconds: wait * 1000 });
    return answer.message.text;
}

const briefly = 30;
const long = 30 * 86_400;
const lookUp = (conversation, topic) => conversation.external(() => `the ${topic}`);

const two = (wait) => async (conversation, ctx) => {
    const count = await askNumber(conversation, ctx, "How many?", wait);
    const word = await ask(conversation, ctx, "Of what?", wait);
    await ctx.reply(`${count} ${word}, noted.`);
};

const scripts = {
    two: two(briefly),
    patient: two(long),
    loop: async (conversation, ctx) => {
        while (true) await ask(conversation, ctx, "More?", long);
    },
    plain: async (conversation, ctx) => {
        const name = await ask(conversation, ctx, "Your name?", long);
        const city = await ask(conversation, ctx, "Your city?", long);
        await ctx.reply(`name ${name}, city ${city}`);
    },
    inserted: async (conversation, ctx) => {
        const age = await ask(conversation, ctx, "Your age?", long);
        const name = await ask(conversation, ctx, "Your name?", long);
        const city = await ask(conversation, ctx, "Your city?", long);
        await ctx.reply(`age ${age}, name ${name}, city ${city}`);
    },
    swapped: async (conversation, ctx) => {
        const city = await ask(conversation, ctx, "Your city?", long);
        const name = await ask(conversation, ctx, "Your name?", long);
        await ctx.reply(`name ${name}, city ${city}`);
    },
    stepped: async (conversation, ctx) => {
        const name = await ask(conversation, ctx, "Your name?", long);
        const weather = await lookUp(conversation, "weather");
        const city = await ask(conversation, ctx, "Your city?", long);
        await ctx.reply(`name ${name}, city ${city}, weather: ${weather}`);
    },
    other_step: async (conversation, ctx) => {
        const name = await ask(conversation, ctx, "Your name?", long);
        const news = await lookUp(conversation, "news");
        const weather = await lookUp(conversation, "weather");
        const city = await ask(conversation, ctx, "Your city?", long);
        await ctx.reply(`name ${name}, city ${city}, weather: ${weather}, news: ${news}`);
    },
};

const me = { id: 42, is_bot: true, first_name: "Bench", username: "benchbot" };
let messages = 0;

// In the place of the network: answers what Telegram would.
async function fetch(url, { body }) {
    const method = new URL(url).pathname.split("/").at(-1);
    if (method !== "sendMessage") throw new Error(method);
    const { chat_id, text } = JSON.parse(body);
    write({ sent: [chat_id, text] });
    if (text === "Of what?") dieAt("send");
    const chat = { id: chat_id, type: "private", first_name: "Ann" };
    const result = { message_id: ++messages, date: 1_767_225_600, chat, text };
    return { json: async () => ({ ok: true, result }) };
}

const bot = new Bot("42:TEST", { botInfo: me, client: { fetch } });
bot.use(conversations({ storage: { type: "key", adapter: new FileAdapter({ dirName: folder }) } }));
bot.use(createConversation(scripts[script], "conversation"));
bot.command("start", (ctx) => ctx.conversation.enter("conversation"));

async function handle(line) {
    let trouble = "";
    try {
        await bot.handleUpdate(JSON.parse(line));
    } catch (error) {
        trouble = `${error.name}: ${error.message}`;
    }
    write({ done: true, trouble });
}

function used() {
    const { user, system } = process.cpuUsage();
    write({ cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() });
}

// An update waits for the one before it in its chat, as Telegram holds it back from a webhook.
const last = new Map();
write({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
    if (line === "used") used();
    else if (line === "collect") globalThis.gc();
    else if (line === "end") break;
    else {
        const chat = JSON.parse(line).message.chat.id;
        const work = (last.get(chat) ?? Promise.resolve()).then(() => handle(line));
        last.set(chat, work);
        work.finally(() => last.get(chat) === work && last.delete(chat));
    }
}
await Promise.all(last.values());
process.exit(0); // its stdin is still open
