/** What the values of a profile may look like, as AWS takes them. */

export const PROFILE_NAME = /^[^\s\p{C}"'\\[\]#;](?:[^\p{C}"'\\[\]]{0,126}[^\s\p{C}"'\\[\]])?$/u
/** With a path in front, or without. */
export const ROLE = /^\/?(?:[\x21-\x2e\x30-\x7e]+\/)*[\w+=,.@-]{1,64}$/
export const SESSION_NAME = /^[\w+=,.@-]{2,64}$/
export const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/
export const SERIAL = /^[\w+=/:,.@-]{9,256}$/
export const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/
