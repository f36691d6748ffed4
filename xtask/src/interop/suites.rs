//! How each language fetches its packages and runs its tests.

/// A folder of `interop/`.
pub(super) struct Suite {
    pub(super) name: &'static str,
    /// Commands that may download packages; each is tried twice.
    pub(super) prepare: &'static [&'static [&'static str]],
    /// The run itself, which trusts the development CA alone and so could download nothing.
    pub(super) test: &'static [&'static str],
}

pub(super) const SUITES: [Suite; 7] = [
    Suite {
        name: "python",
        prepare: &[
            &["python3", "-m", "venv", ".venv"],
            &[
                ".venv/bin/pip",
                "install",
                "--quiet",
                "--no-compile",
                "--requirement",
                "requirements.txt",
            ],
        ],
        test: &[".venv/bin/pytest"],
    },
    Suite {
        name: "az",
        // Of the seven hundred megabytes that compiling leaves, a command reads a few.
        prepare: &[
            &["python3", "-m", "venv", ".venv"],
            &[
                ".venv/bin/pip",
                "install",
                "--quiet",
                "--no-compile",
                "--requirement",
                "requirements.txt",
            ],
        ],
        test: &[".venv/bin/pytest"],
    },
    Suite {
        name: "node",
        prepare: &[
            &["npm", "ci", "--no-audit", "--no-fund"],
            // The sample that the suite runs has packages of its own.
            &[
                "npm",
                "ci",
                "--no-audit",
                "--no-fund",
                "--prefix",
                "../../examples/daemon/node",
            ],
        ],
        test: &["npm", "test"],
    },
    Suite {
        name: "go",
        prepare: &[&["go", "mod", "download"], &["go", "vet", "./..."]],
        // Vetted above. The half of it that `go test` does would read the Graph SDK's models again.
        test: &["go", "test", "-count=1", "-vet=off", "./..."],
    },
    Suite {
        name: "java",
        prepare: &[&["mvn", "-q", "-B", "test-compile"]],
        test: &["mvn", "-q", "-B", "test"],
    },
    Suite {
        name: "rust",
        prepare: &[&["cargo", "test", "--locked", "--quiet", "--no-run"]],
        test: &["cargo", "test", "--locked"],
    },
    Suite {
        name: "curl",
        prepare: &[],
        test: &["bash", "run.sh"],
    },
];

/// Suites that are no clients, and so in no table of clients. They need no issuers.
pub(super) const TOOLS: [Suite; 1] = [Suite {
    name: "schemathesis",
    prepare: &[
        &["python3", "-m", "venv", ".venv"],
        &[
            ".venv/bin/pip",
            "install",
            "--quiet",
            "--no-compile",
            "--requirement",
            "requirements.txt",
        ],
    ],
    test: &[".venv/bin/python", "run.py"],
}];
