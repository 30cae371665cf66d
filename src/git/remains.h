/* What a git of ours leaves behind when it is killed: lock files, and a linked work tree that is half made.
 *
 * Before each git that writes a note is laid down (COMMON/slipway/git/PID-NUMBER: the command, this slipway's pid, start time and boot), and taken away when
 * that git has come to its end by itself. What a note that is left tells of is removed where all of this holds: whoever wrote the note is dead, or its git was
 * killed under its eyes; the lock is one that this command makes; it is this user's and not older than the note; and no git is at work in the repository.
 * Where a push went to a folder of this machine, that holds for the refs there, too. Everything else is somebody else's and stays.
 *
 * The notes are not made durable: after a power cut one may be missing, and then the lock is named, not removed. */
#pragma once

#include "git/git.h"

/* A place for a file of this process alone, below the notes' folder: what a slipway that was killed left there is removed with its notes. NULL: this repository
 * has no folder of slipway's. g_free. */
char *git_scratch_path(const Git *git, const char *name);
/* NULL: nothing is noted, because the call only reads or this repository has no folder of slipway's. g_free. */
char *git_note_begin(const Git *git, const GitCall *call);
/* The git of the note ended by itself, or was killed: then what it left is removed now, if it may be. Takes `note`. */
void git_note_end(const Git *git, char *note, bool by_itself);
