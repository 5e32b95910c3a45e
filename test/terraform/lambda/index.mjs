export const handler = async (event) => ({ hello: event.name ?? 'nobody', from: process.env.PLACE })
