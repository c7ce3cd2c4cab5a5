//! The queue of reports, for moderators and admins.

use poem::{Request, handler, web::Path};
use serde_json::json;

use crate::{
    accounts::{ServerAction, User, demand},
    error::{Error, Result},
    moderation::{DecisionForm, Moderation, html::QueuePage, json::ReportJson},
    web::{
        body::FormOrJson, framed::Framed, paged::ListQuery, query::lenient_param, reply::Reply,
        state::State, wants::Wants,
    },
};

/// URL path of the queue.
const ADDRESS: &str = "/moderation";

/// `GET /moderation?resolved=&skip=`: open reports, oldest first, or those that were resolved, newest first.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    query: ListQuery,
    req: &Request,
    State(moderation): State<Moderation>,
) -> Result<Reply> {
    demand(user.role, ServerAction::HandleReports)?;
    let resolved = lenient_param::<u8>(req, "resolved").is_some();
    let reports = moderation.reports(&user, resolved, query.skip()).await?;
    if wants == Wants::Json {
        let listed: Vec<_> = reports.items.iter().map(ReportJson::from).collect();
        let value = json!({ "reports": listed, "more": reports.more });
        return Ok(Reply::json(&value));
    }
    let page = QueuePage::new(&user, reports, resolved);
    Ok(Framed::new(user.viewer(), "Reports", ADDRESS, &page)?.into())
}

/// `POST /moderation/{report}/resolution`: decides about a report.
#[handler]
pub async fn resolve(
    user: User,
    wants: Wants,
    Path(report): Path<String>,
    FormOrJson(form): FormOrJson<DecisionForm, 8192>,
    State(moderation): State<Moderation>,
) -> Result<Reply> {
    demand(user.role, ServerAction::HandleReports)?;
    let report: i64 = report.parse().map_err(|_| Error::NotFound)?;
    let resolved = match form.parse() {
        Ok(decision) => moderation.resolve(&user, report, decision).await,
        Err(error) => Err(error),
    };
    match (resolved, wants) {
        (Ok(()), _) => Ok(Reply::done(wants, ADDRESS)),
        (Err(error), Wants::Page) if is_shown(&error) => {
            let reports = moderation.reports(&user, false, 0).await?;
            let page = QueuePage::new(&user, reports, false).refused(&error);
            let framed = Framed::new(user.viewer(), "Reports", ADDRESS, &page)?;
            Ok(framed.refused(&error).into())
        }
        (Err(error), _) => Err(error),
    }
}

/// Whether the queue shows an error above its reports.
fn is_shown(error: &Error) -> bool {
    error.is_shown_in_form() || matches!(error, Error::Forbidden(_))
}
