"""A class: a teacher's session, and pupils who see it on their own screens.

The class sends what a session file holds, as it grows: the network once, then a line for each event and each
move, along with the caption, what the teacher points at and the open question. Each pupil has a session of
their own that follows these lines, so each pupil's machine draws its own screen.

The lines go over a Unix socket. The file system's rights and the credentials of the peer decide who may
connect; `ssh` connects pupils on other machines. Nothing here encrypts or checks passwords.

`protocol` defines the lines and how strictly they are read, `sockets` the folders, sockets and rights,
`credentials` who somebody is to the operating system, `room` the class on the teacher's side and what each
pupil has yet to be sent, `server` the teacher's end of the connections, `client` the pupil's, `replica` what
a pupil knows, `polls` the question and its answers, `state_file` what is kept for a teacher who comes back,
`relay` what ssh runs, `messages` what a person reads.
"""
