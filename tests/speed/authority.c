/* The world outside: an upstream that knows every name, and is never what one waits for.
 *
 * authority PORT: A and AAAA have one public address each, every other type has no data (with an
 * SOA, so that the absence may be kept). The question is echoed byte for byte; EDNS is answered
 * with EDNS. Reads and writes in batches, to leave the core to the load.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, SIZE = 1232, A = 1, AAAA = 28, OPT_SIZE = 11 };

/* Records behind a question: owner is a pointer to the name asked, class IN, TTL one hour. */
static const uint8_t a_record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4,
                                   93, 184, 215, 14};
static const uint8_t aaaa_record[] = {0xc0, 12, 0, 28, 0, 1, 0, 0, 0x0e, 0x10, 0, 16,
                                      0x26, 0x06, 0x28, 0, 0x02, 0x1f, 0xcb, 0x07,
                                      0x68, 0x20, 0x80, 0xda, 0xaf, 0x6b, 0x8b, 0x2c};
static const uint8_t soa_record[] = {0xc0, 12, 0, 6, 0, 1, 0, 0, 0x0e, 0x10, 0, 24,
                                     0xc0, 12, 0xc0, 12,
                                     0, 0, 0, 1, 0, 0, 0x0e, 0x10, 0, 0, 0x03, 0x84,
                                     0, 0x09, 0x3a, 0x80, 0, 0, 0x0e, 0x10};

/* The length of the answer, made in place; 0 where silence is the answer. */
static size_t answer(uint8_t *message, size_t length)
{
    if (length < 17 || message[2] & 0x80 || message[4] || message[5] != 1)
        return 0;
    size_t end = 12;
    while (end < length && message[end])
        end += message[end] + 1u;
    if ((end += 5) > length)
        return 0;
    int type = message[end - 4] << 8 | message[end - 3];
    int has_edns = message[11] == 1;
    uint8_t dnssec_ok = 0;
    if (has_edns && end + OPT_SIZE <= length)
        dnssec_ok = message[end + 7] & 0x80;
    const uint8_t *record = type == A ? a_record : type == AAAA ? aaaa_record : soa_record;
    size_t size = type == A      ? sizeof a_record
                  : type == AAAA ? sizeof aaaa_record
                                 : sizeof soa_record;
    memcpy(message + end, record, size);
    message[2] = 0x84 | (message[2] & 0x01);
    message[3] = 0x80;
    memset(message + 6, 0, 6);
    message[record == soa_record ? 9 : 7] = 1;
    end += size;
    if (has_edns) {
        const uint8_t opt[OPT_SIZE] = {0, 0, 41, SIZE >> 8, SIZE & 255, 0, 0, dnssec_ok, 0, 0, 0};
        memcpy(message + end, opt, sizeof opt);
        message[11] = 1;
        end += sizeof opt;
    }
    return end;
}

int main(int argc, char **argv)
{
    static uint8_t data[BATCH][SIZE + 128];
    static struct sockaddr_storage from[BATCH];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];

    if (argc != 2) {
        fputs("usage: authority PORT\n", stderr);
        return 2;
    }
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int room = 4 << 20;
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)atoi(argv[1])),
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror("authority");
        return 1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){data[i], SIZE};
            messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
                                                  .msg_namelen = sizeof from[i],
                                                  .msg_iov = &parts[i],
                                                  .msg_iovlen = 1};
        }
        int came = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        int ready = 0;
        for (int i = 0; i < came; i++) {
            size_t length = answer(data[i], messages[i].msg_len);
            if (!length)
                continue;
            messages[ready].msg_hdr = messages[i].msg_hdr;
            messages[ready++].msg_hdr.msg_iov->iov_len = length;
        }
        for (int sent = 0; sent < ready;) {
            int more = sendmmsg(fd, messages + sent, (unsigned)(ready - sent), 0);
            sent += more > 0 ? more : 1; /* one that can't be sent is lost, as on any network */
        }
    }
}
