#ifndef MAIL_H
#define MAIL_H

/// Ends the process unless it went well.
void check(int is_fine, const char *what);

/// Serves until the process is told to end.
_Noreturn void take_mails(int port, long every);

/// Mails a second.
double send_mails(int port, int mails, int bytes, int connections);

#endif
