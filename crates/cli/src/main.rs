//! `countersign`: the one binary. Commands are put together here from the server, the store and
//! the rules; arguments, environment and exit codes are known nowhere else.

mod admin;
mod administrator;
mod apply;
mod args;
mod dev;
mod directory;
mod env;
mod files;
mod inspect;
mod machine;
mod manage;
mod output;
mod reference;
mod serve;
mod settings;
mod stop;
mod telemetry;
mod token;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            output::error(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
    };
    match command {
        Command::Dev(arguments) => runtime()?.block_on(dev::run(arguments)),
        Command::Env(arguments) => env::run(&arguments),
        Command::Apply(arguments) => runtime()?.block_on(apply::apply(&arguments)),
        Command::Export(arguments) => runtime()?.block_on(apply::export(&arguments)),
        Command::App(arguments) => runtime()?.block_on(manage::app(&arguments)),
        Command::Sp(arguments) => runtime()?.block_on(manage::sp(&arguments)),
        Command::Role(arguments) => runtime()?.block_on(manage::role(&arguments)),
        Command::Credential(arguments) => runtime()?.block_on(manage::credential(&arguments)),
        Command::Admin(command) => runtime()?.block_on(admin::run(&command)),
        Command::Serve(arguments) => runtime()?.block_on(serve::run(&arguments)),
        Command::NewKey(arguments) => files::new_key(&arguments.file),
        Command::Reference(arguments) => reference::run(arguments.page),
        Command::Token(arguments) => runtime()?.block_on(token::run(&arguments)),
        Command::Inspect(arguments) => {
            return runtime()?.block_on(inspect::run(&arguments));
        }
    }?;
    Ok(ExitCode::SUCCESS)
}
