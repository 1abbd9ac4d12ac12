"""A class: a teacher's session, and pupils who see it on screens of their own.

What travels is what a session file holds, as it grows: the network once, then a line for each event and each
move; beside it the caption, what the teacher points at and the open question. Each pupil has a session of
their own that follows these lines, so a screen is drawn by whoever looks at it.

The lines go over a Unix socket. Who may open it is for the file system to say, and for the credentials of
whoever is at the other end; `ssh` brings those who are on another machine. Nothing here encrypts or checks
passwords.

`messages` are the lines and how strictly they are read, `sockets` the folders, sockets and rights,
`credentials` who somebody is to the operating system, `room` the class at the teacher's and what each pupil
has still to be sent, `server` the teacher's end of the connections, `client` the pupil's, `replica` what a
pupil knows, `polls` the question and its answers, `state_file` what is kept for a teacher who comes back,
`relay` what ssh runs, `sentences` what a person reads.
"""
