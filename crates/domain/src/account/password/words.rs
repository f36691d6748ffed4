//! What guessers put passwords together from. Folded to small letters; digits and signs that
//! stand for letters are seen through.

/// Words, each at least two letters long.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    WORDS.split_ascii_whitespace()
}

/// Keys and letters that follow each other, in both directions.
pub(super) const LINES: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "wxcvbn",
    "!@#$%^&*()_+",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujmikolp",
];

/// Words, each at least two letters long, of lists of stolen passwords and of this trade: what a
/// password is called, who has one, what it is for, what people like, when it was chosen, and what
/// holds the others together.
const WORDS: &str = "
    pass password passwd passwort passphrase passcode motdepasse contrasena wachtwoord senha
    secret geheim key pin login logon signin letmein changeme change default temp temporary
    initial trustno whatever blank

    admin administrator root superuser user username guest owner master manager operator
    support service account system test tester testing demo sample example nobody anonymous
    backup global company office

    countersign identity platform portal tenant directory entra azure cloud server database
    computer internet network access security secure private public production staging
    development prod dev microsoft windows google amazon apple oracle linux ubuntu github
    docker kubernetes postgres fabrikam contoso

    love loveyou lover iloveyou baby angel princess prince queen king sunshine flower
    butterfly chocolate cookie cheese summer winter spring autumn dragon monkey tiger lion
    eagle shadow hunter ninja superman batman spiderman pokemon pikachu naruto starwars matrix
    football baseball basketball soccer hockey golf arsenal chelsea liverpool barcelona
    mustang ferrari porsche harley samsung killer freedom welcome willkommen hello hallo
    bonjour hola money lucky jesus christ god heaven ashley michael jennifer jessica charlie
    daniel thomas jordan michelle andrew joshua nicole maggie ginger

    monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december today new old first last

    my me is it the this that and for you your to of in on not so very much one two three
";
