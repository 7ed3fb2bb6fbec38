/** Days for which journals are kept if the deployment says nothing. */
export const defaultJournalRetentionDays = 35;

/** A checkpoint that names objects of a journal is kept for some days longer than they are. */
export const daysBeyondJournal = 7;
