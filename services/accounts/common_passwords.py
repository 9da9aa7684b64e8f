"""The passwords that guessers try first, in small letters; shorter ones are refused by their length."""

_WORDS = """
12345678 123456789 1234567890 12345678910 0123456789 123123123 11111111 111111111 1111111111 00000000 000000000
0000000000 22222222 33333333 44444444 55555555 66666666 77777777 88888888 99999999 987654321 9876543210 87654321
12341234 11223344 1122334455 12121212 12344321 123454321 123456654321 147258369 159753456 789456123 741852963
1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc q1w2e3r4 q1w2e3r4t5 qazwsxedc qazxswedc zaq12wsx zaq1zaq1
qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyui qwertyuiop qwertyuiop123 qwerqwer asdfghjk asdfghjkl asdfasdf
zxcvbnm1 zxcvbnm123 zxcvbnm, 123qweasd 123qweasdzxc qweasdzxc qwe123qwe qweqweqwe 1234qwer 12345qwert 12345678a
123456789a a12345678 a123456789 aa123456 aa12345678 abc12345 abcd1234 abcdefgh abcdefg1 abc123456 aaaaaaaa
password passw0rd p@ssw0rd p@ssword pa$$word pa$$w0rd password1 password12 password123 password1234 password!
password01 passport parolparol parol123 parol1234 parolparol1 administrator admin123 admin1234 admin12345 adminadmin
admin@123 administrator1 rootroot root1234 toortoor manager1 manager123 operator operator1 useruser user1234
letmein1 letmein123 welcome1 welcome123 welcome1234 iloveyou iloveyou1 sunshine princess football baseball
superman trustno1 starwars whatever computer internet samsung1 changeme changeme1 changeme123 default1 secret123
test1234 testtest testing1 testing123 temp1234 temppass demo1234 demodemo guest123 guestguest master123
marina123 natasha1 nikita123 vfhbyf123 gfhjkm123 gfhjkmgfhjkm ghbdtnghbdtn ghbdtn123 ytrewq123 lolololo
йцукенгш йцукенгшщз йцукен123 пароль12 пароль123 парольпароль привет12 привет123 приветпривет любовь12
любимая1 смс12345 sms12345 smssmssms sms123456 golub123 golub1234 moskva123 russia123 rossiya1 spartak1 zenit123
"""

COMMON = frozenset(_WORDS.split())
